# Tells what is in the machine that it runs on. Read only; nothing is installed or written.
#
# Usage: stock.sh MARK WHERE SEARCH COMPARE LARGEST
#   MARK     what begins the line before each section: "\nMARK NAME\n"; what stands before the first is not ours
#   WHERE    machine, or chroot: then the kernel and ports that can be seen are another system's
#   SEARCH   seconds that a search may take
#   COMPARE  seconds that comparing checksums may take
#   LARGEST  bytes of the answer, before it is compressed; what comes after is cut
# What sections hold is the machine's own: files as they are, or names that end in NUL. After a section gzip all others
# are compressed.
mark=$1 where=$2 search=$3 compare=$4 largest=$5
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin LC_ALL=C
export PATH LC_ALL
exec 2>/dev/null

section() {
    printf '\n%s %s\n' "$mark" "$1"
}

# bounded NAME SECONDS COMMAND...
bounded() {
    name=$1 seconds=$2
    shift 2
    if command -v timeout >/dev/null; then timeout "$seconds" "$@"; else "$@"; fi
    # Told in a section of its own, since this one is data. Busybox ends with 143.
    case $? in 124 | 143) section "cut-$name" ;; esac
}

# tell NAME COMMAND...: a section with the output of a command.
tell() {
    section "$1"
    shift
    "$@"
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

homes() {
    { cut -d: -f6 /etc/passwd; echo /root; } | sort -u | while IFS= read -r home; do
        case $home in /?*) named "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2" ;; esac
    done
}

certificates() {
    bounded certificates "$search" find /etc/ssl /etc/pki /etc/letsencrypt /usr/local/share/ca-certificates -xdev -type f \
        \( -name '*.crt' -o -name '*.pem' -o -name '*.cer' \) \
        ! -name ca-certificates.crt ! -path '/etc/pki/ca-trust/extracted/*' -exec sh -c '
        for file; do
            printf "%s\0" "$file"
            sed -n "/^-----BEGIN CERTIFICATE-----/,/^-----END CERTIFICATE-----/p" "$file" | head -c 65536 | tr -d "\0"
            printf "\0"
        done' sh {} +
}

# Files with another content than their package's, in the words of md5sum or rpm; what changed last is compared first.
changed() {
    if [ -f /var/lib/dpkg/status ]; then
        cd /
        {
            sed -n 's|^ /\(.*\) \([0-9a-f]\{32\}\)$|\2  \1|p' var/lib/dpkg/status
            cat var/lib/dpkg/info/*.md5sums
            echo
            timeout "$compare" find /etc /usr /bin /sbin /lib* /boot -xdev -type f -printf '%C@ %p\n' | sort -rn
        } | awk '
            $0 == "" { known = 1; next }
            !known { sum[substr($0, 35)] = substr($0, 1, 32); next }
            { path = name = substr($0, index($0, " /") + 2) }
            !(name in sum) { sub(/^usr\//, "", name) }
            name in sum { print sum[name] "  " path }' |
            bounded changed "$compare" stdbuf -oL md5sum -c --quiet
    elif command -v rpm >/dev/null; then
        bounded changed "$compare" stdbuf -oL rpm -Va --nodeps --noscripts --nomtime
    fi
}

# Programs come first, in case the time is not enough.
setuid() {
    set -- /usr
    for top in /* /.[!.]*; do
        case $top in /proc | /sys | /dev | /run | /usr) ;; *) set -- "$@" "$top" ;; esac
    done
    bounded setuid "$search" find "$@" -type f \( -perm -4000 -o -perm -2000 \) -print0
}

# What takes the time is read last: it goes on beside everything else.
everything() {
    section begin
    id -u
    tell os-release cat /etc/os-release
    [ "$where" = chroot ] || tell kernel uname -r
    tell modules names /lib/modules/*
    tell dpkg-status cat /var/lib/dpkg/status
    tell dpkg-files cat /var/lib/dpkg/info/*.list
    tell apk cat /lib/apk/db/installed
    tell pacman cat /var/lib/pacman/local/*/desc
    tell pacman-files cat /var/lib/pacman/local/*/files
    if command -v rpm >/dev/null; then
        tell rpm rpm -qa --qf '%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n'
        tell rpm-files rpm -qal
    fi
    tell npm named /usr/local/lib/node_modules/*/package.json /usr/local/lib/node_modules/@*/*/package.json \
        /usr/lib/node_modules/*/package.json /usr/lib/node_modules/@*/*/package.json
    tell files bounded files "$search" find /etc /usr /opt -xdev -type f -print0
    tell etc-sha256 bounded etc-sha256 "$search" find /etc -xdev -type f -perm -004 -exec sha256sum {} +
    tell passwd cat /etc/passwd
    tell group cat /etc/group
    if [ -r /etc/sudoers ]; then
        tell sudoers cat /etc/sudoers /etc/sudoers.d/*
    elif [ -e /etc/sudoers ]; then
        section sudoers-unseen
    fi
    tell services names /etc/systemd/system/*.wants/* /etc/systemd/system/*.requires/* /etc/runlevels/*/* /etc/rc[2-5].d/S*
    if [ "$where" != chroot ]; then
        for protocol in tcp tcp6 udp udp6; do
            tell "$protocol" cat "/proc/net/$protocol"
        done
    fi
    tell host-keys named /etc/ssh/ssh_host_*_key.pub
    tell authorized-keys homes
    tell certificates certificates
}

whole() {
    changed | { setuid | { everything </dev/null; tell setuid cat; }; tell changed cat; }
    section end
}

if : | gzip -1 >/dev/null; then
    section gzip
    whole | head -c "$largest" | gzip -1
else
    whole | head -c "$largest"
fi
