#!/bin/sh
# Puts GRUB for BIOS machines on the disk that holds this root file system; its core image goes to the BIOS boot
# partition of the GPT. Runs inside the chroot.
set -eu
disk=/dev/$(lsblk -n -o PKNAME "$(findmnt -n -o SOURCE /)")
cat > /etc/default/grub << EOF
GRUB_TIMEOUT=0
GRUB_DISTRIBUTOR=Debian
GRUB_CMDLINE_LINUX="console=tty0 console=ttyS0"
GRUB_DISABLE_OS_PROBER=true
GRUB_DISABLE_RECOVERY=true
GRUB_DISABLE_SUBMENU=true
EOF
chmod -x /etc/grub.d/20_linux_xen
grub-install --target=i386-pc --no-floppy "$disk"
update-grub
