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

# Which package manager's checksums there are. rpm would make the database that it does not find.
manager=
if [ -f /var/lib/dpkg/status ]; then
    manager=dpkg
elif command -v rpm >/dev/null && [ -n "$(ls "$(rpm --eval '%_dbpath')")" ]; then
    manager=rpm
elif [ -d /var/lib/pacman/local ]; then
    manager=pacman
elif [ -f /lib/apk/db/installed ]; then
    manager=apk
fi

# Lines "SUM  PATH", without the first slash, of what packages brought.
sums() {
    case $manager in
        dpkg)
            sed -n 's|^ /\(.*\) \([0-9a-f]\{32\}\)$|\2  \1|p' /var/lib/dpkg/status
            cat /var/lib/dpkg/info/*.md5sums
            ;;
        rpm) rpm -qa --qf '[%{FILEDIGESTS}  %{FILENAMES}\n]' | sed -n 's|^\([0-9a-f]\{64\}  \)/|\1|p' ;;
        pacman)
            cat /var/lib/pacman/local/*/mtree | gzip -dc | awk '
                match($0, /sha256digest=/) {
                    sum = substr($0, RSTART + 13, 64)
                    path = ""
                    for (left = substr($1, 3); match(left, /\\[0-7][0-7][0-7]/); left = substr(left, RSTART + 4)) {
                        byte = substr(left, RSTART + 1, 1) * 64 + substr(left, RSTART + 2, 1) * 8 \
                            + substr(left, RSTART + 3, 1)
                        path = path substr(left, 1, RSTART - 1) sprintf("%c", byte)
                    }
                    print sum "  " path left
                }'
            ;;
        apk)
            # SHA-1 in base64: two signs are three digits.
            awk '
                BEGIN { signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" }
                /^F:/ { folder = substr($0, 3) "/" }
                /^R:/ { file = substr($0, 3) }
                /^Z:Q1/ {
                    sub(/=$/, "A")
                    sum = ""
                    for (at = 5; at < 33; at += 2)
                        sum = sum sprintf("%03x", 64 * index(signs, substr($0, at, 1)) + index(signs, substr($0, at + 1, 1)) - 65)
                    print substr(sum, 1, 40) "  " folder file
                }' /lib/apk/db/installed
            ;;
    esac
}

# The files that packages may have brought, what changed last first; Busybox cannot tell which that is.
files_by_change() {
    set -- /etc /usr /bin /sbin /lib* /boot -xdev -type f
    if find / -prune -printf ''; then
        timeout "$compare" find "$@" -printf '%C@ %p\n' | sort -rn
    else
        timeout "$compare" find "$@" | sed 's/^/0 /'
    fi
}

# Files with another content than their package's, in the words of md5sum and its like.
changed() {
    case $manager in
        dpkg) tool=md5sum ;;
        apk) tool=sha1sum ;;
        ?*) tool=sha256sum ;;
        *) return ;;
    esac
    check="$tool -c"
    ! command -v stdbuf >/dev/null || check="stdbuf -oL $tool -c --quiet"
    cd /
    { sums; echo; files_by_change; } | awk '
        $0 == "" { known = 1; next }
        !known { at = index($0, "  "); sum[substr($0, at + 2)] = substr($0, 1, at - 1); next }
        { path = name = substr($0, index($0, " /") + 2) }
        !(name in sum) { sub(/^usr\//, "", name) }
        name in sum { print sum[name] "  " path }' |
        bounded changed "$compare" $check
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
    if [ "$manager" = rpm ]; then
        tell rpm rpm -qa --qf '%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n' || section rpm-unseen
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
