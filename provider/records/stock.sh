# Tells what is in the machine that it runs on. Read only; nothing is installed or written.
#
# Usage: stock.sh MARK WHERE SEARCH COMPARE LARGEST
#   MARK     what begins the line before each section: "\nMARK NAME\n"
#   WHERE    machine, or chroot: then the kernel and ports that can be seen are another system's
#   SEARCH   seconds that a search may take
#   COMPARE  seconds that comparing checksums may take
#   LARGEST  bytes of a section; what is longer is cut
# What sections hold is the machine's own: files as they are, or names that end in NUL.
mark=$1 where=$2 seconds=$3 compare=$4 largest=$5
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin LC_ALL=C
export PATH LC_ALL
exec 2>/dev/null

section() {
    printf '\n%s %s\n' "$mark" "$1"
}

bounded() {
    if command -v timeout >/dev/null; then timeout "$seconds" "$@"; else "$@"; fi
    # Told in a section of its own, since this one is data.
    [ $? != 124 ] || printf '\n%s cut-%s\n' "$mark" "$name"
}

# tell NAME COMMAND...: a section with the output of a command.
tell() {
    name=$1
    shift
    section "$name"
    "$@" | head -c "$largest"
}

files() {
    for file; do
        [ ! -f "$file" ] || cat "$file"
    done
}

names() {
    for path; do
        if [ -e "$path" ] || [ -L "$path" ]; then printf '%s\0' "$path"; fi
    done
}

# Names and contents, each ended by NUL.
named() {
    for file; do
        [ -f "$file" ] && [ -r "$file" ] || continue
        printf '%s\0' "$file"
        head -c 65536 "$file" | tr -d '\0'
        printf '\0'
    done
}

everywhere() {
    bounded find / \( -path /proc -o -path /sys -o -path /dev -o -path /run \) -prune -o "$@"
}

homes() {
    { cut -d: -f6 /etc/passwd; echo /root; } | sort -u | while IFS= read -r home; do
        case $home in /?*) named "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2" ;; esac
    done
}

certificates() {
    bounded find /etc/ssl /etc/pki /etc/letsencrypt /usr/local/share/ca-certificates -xdev -type f \
        \( -name '*.crt' -o -name '*.pem' -o -name '*.cer' \) \
        ! -name ca-certificates.crt ! -path '/etc/pki/ca-trust/extracted/*' -exec sh -c '
        for file; do
            printf "%s\0" "$file"
            sed -n "/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p" "$file" | head -c 65536 | tr -d "\0"
            printf "\0"
        done' sh {} +
}

dpkg_sums() {
    seconds=$compare
    cd / && cat /var/lib/dpkg/info/*.md5sums | bounded md5sum -c
}

rpm_changed() {
    seconds=$compare
    bounded rpm -Va --nodeps --noscripts --nomtime
}

packages=
section begin
id -u
tell os-release files /etc/os-release
[ "$where" = chroot ] || tell kernel uname -r
tell modules names /lib/modules/*
if [ -f /var/lib/dpkg/status ]; then
    packages=1
    tell dpkg-status files /var/lib/dpkg/status
    tell dpkg-files files /var/lib/dpkg/info/*.list
    tell dpkg-sums dpkg_sums
    tell etc-md5 bounded find /etc -xdev -type f -exec md5sum {} +
fi
if [ -f /lib/apk/db/installed ]; then
    packages=1
    tell apk files /lib/apk/db/installed
fi
if [ -d /var/lib/pacman/local ]; then
    packages=1
    tell pacman files /var/lib/pacman/local/*/desc
    tell pacman-files files /var/lib/pacman/local/*/files
fi
if command -v rpm >/dev/null && rpm -qa | grep -q .; then
    packages=1
    tell rpm rpm -qa --qf '%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n'
    tell rpm-files rpm -qal
    tell rpm-changed rpm_changed
fi
tell pip bounded find /usr/local/lib /usr/lib /opt -xdev -type d \( -name '*.dist-info' -o -name '*.egg-info' \) -print0
tell npm named /usr/local/lib/node_modules/*/package.json /usr/local/lib/node_modules/@*/*/package.json \
    /usr/lib/node_modules/*/package.json /usr/lib/node_modules/@*/*/package.json
[ -z "$packages" ] || tell files bounded find /etc /usr -xdev -type f -print0
tell etc-files bounded find /etc -xdev -type f -print0
tell etc-sha256 bounded find /etc -xdev -type f -perm -004 -exec sha256sum {} +
tell suid everywhere -type f \( -perm -4000 -o -perm -2000 \) -print0
tell passwd files /etc/passwd
tell group files /etc/group
if [ -r /etc/sudoers ]; then
    tell sudoers files /etc/sudoers /etc/sudoers.d/*
elif [ -e /etc/sudoers ]; then
    section sudoers-unseen
fi
tell services names /etc/systemd/system/*.wants/* /etc/systemd/system/*.requires/* /etc/runlevels/*/* /etc/rc[2-5].d/S*
if [ "$where" != chroot ]; then
    for protocol in tcp tcp6 udp udp6; do
        tell "$protocol" files "/proc/net/$protocol"
    done
fi
tell host-keys named /etc/ssh/ssh_host_*_key.pub
tell authorized-keys homes
tell certificates certificates
section end
