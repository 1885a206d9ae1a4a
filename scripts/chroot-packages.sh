#!/bin/sh
# Installs what a machine needs beyond debootstrap's minimal system: kernel, boot loader, SSH server, cloud-init.
# Runs inside the chroot.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
# libnss-myhostname: the machine knows its own name whatever the cloud calls it, which sudo asks for.
# grub-pc-bin and not grub-pc: its installation would ask for a disk, and chroot-boot-loader.sh names it.
apt-get -qy install --no-install-recommends \
    linux-image-cloud-amd64 initramfs-tools grub-pc-bin grub2-common \
    systemd-sysv udev dbus libpam-systemd openssh-server cloud-init sudo netbase iproute2 ca-certificates \
    libnss-myhostname
apt-get clean
rm -rf /var/lib/apt/lists/*
