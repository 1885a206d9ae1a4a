#!/bin/sh
# Turns the fresh root file system into the image; run by mmdebstrap with the root's folder as the only argument.
set -eu
root=$1
masked="apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer
    e2scrub_reap.service systemd-pstore.service cloud-init-hotplugd.socket cloud-init-hotplugd.service
    getty@tty1.service systemd-rfkill.socket systemd-rfkill.service systemd-timesyncd.service remote-fs.target
    sys-kernel-debug.mount sys-kernel-tracing.mount dev-hugepages.mount dev-mqueue.mount
    systemd-ask-password-wall.path systemd-ask-password-console.path
    systemd-update-utmp.service systemd-update-utmp-runlevel.service systemd-binfmt.service
    systemd-quotacheck.service systemd-firstboot.service systemd-hwdb-update.service"
for unit in $masked; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
chroot "$root" systemctl enable systemd-networkd.service serial-getty@ttyS0.service
rm -f "$root"/etc/ssh/ssh_host_*
rm -rf "$root"/var/lib/cloud/* "$root"/etc/resolv.conf.* "$root"/var/log/*.log "$root"/var/log/apt
: > "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/hosts"
chroot "$root" update-initramfs -u
[ -z "$(ls "$root/usr/local/share/ca-certificates")" ] || chroot "$root" update-ca-certificates
