#!/bin/sh
# Turns the fresh root file system into the image; run inside it by mmdebstrap.
set -eu
masked="apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
    e2scrub_reap.service systemd-pstore.service cloud-init-hotplugd.socket cloud-init-hotplugd.service
    getty@tty1.service systemd-rfkill.socket systemd-rfkill.service systemd-timesyncd.service remote-fs.target
    sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount
    systemd-ask-password-wall.path systemd-ask-password-console.path
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-binfmt.service
    systemd-quotacheck.service systemd-firstboot.service systemd-hwdb-update.service"
for unit in $masked; do ln -sf /dev/null "/etc/systemd/system/$unit"; done
systemctl enable local-cloud-vmbus.service systemd-networkd.service serial-getty@ttyS0.service
rm -f /etc/ssh/ssh_host_*
rm -rf /var/lib/cloud/* /etc/resolv.conf.* /var/log/*.log /var/log/apt
: > "/etc/machine-id"
rm -f "/var/lib/dbus/machine-id" "/etc/hosts"
update-initramfs -u
[ -z "$(ls "/usr/local/share/ca-certificates")" ] || update-ca-certificates
