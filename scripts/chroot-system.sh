#!/bin/sh
# Makes a machine of an unpacked Debian: its file system table, its name, its network and users by cloud-init.
# Runs inside the chroot.
set -eu
root=$(blkid -s UUID -o value "$(findmnt -n -o SOURCE /)")
echo "UUID=$root / ext4 defaults,errors=remount-ro 0 1" > /etc/fstab
echo debian > /etc/hostname

cat > /etc/cloud/cloud.cfg.d/90_hyperone.cfg << EOF
# HyperOne's meta data is on a disk labelled CLOUDMD, which the data source RbxCloud reads.
datasource_list: [RbxCloud]
# No locales are installed: C.UTF-8 needs none.
locale: false
EOF
echo "policy: enabled" > /etc/cloud/ds-identify.cfg
systemctl enable systemd-networkd.service

# What must be new on every machine is made at its first boot.
rm -f /etc/ssh/ssh_host_* /var/lib/dbus/machine-id
: > /etc/machine-id
