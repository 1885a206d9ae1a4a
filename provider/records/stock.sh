# Tells what is in the machine that it runs on. Read only; nothing is installed or written.
#
# Usage: stock.sh MARK WHERE SEARCH COMPARE LARGEST
#   MARK     what begins the line before each section: "\nMARK NAME\n"; what stands before the first is not ours
#   WHERE    machine, or chroot: then the kernel and ports that can be seen are another system's
#   SEARCH   seconds that a search may take
#   COMPARE  seconds that comparing checksums may take
#   LARGEST  bytes of the answer, before it is compressed; what comes after is cut
# What sections hold is the machine's own: files as they are, names that end in NUL, or lines about files, in whose names
# NUL stands for the end of a line. After a section gzip all others are compressed.
mark=$1 where=$2 search=$3 compare=$4 largest=$5
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin LC_ALL=C
export PATH LC_ALL
exec 2>/dev/null

end='\n'
section() {
    printf "$end%s %s$end" "$mark" "$1"
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

# Sections with the contents of some files, by one program for all, since starting one is what costs time: after s=NAME a
# section for all that follow, after s= each=NAME one for each of them, "NAME PATH".
texts() {
    for word; do
        shift
        case $word in
            /*) [ ! -r "$word" ] || [ -d "$word" ] || set -- "$@" "$word" ;;
            *) set -- "$@" "$word" ;;
        esac
    done
    awk -v mark="$mark" -v all=1 "$text_sections" "$@"
}
text_sections='
    FNR == 1 && s { if (s != last) printf "\n%s %s\n", mark, s; last = s }
    FNR == 1 && !s { printf "\n%s %s %s\n", mark, each, FILENAME }
    all || /^-----BEGIN CERTIFICATE-----/, /^-----END CERTIFICATE-----/ { print }'

keys_of() {
    case $1 in /*) printf '%s/.ssh/authorized_keys\n%s/.ssh/authorized_keys2\n' "$1" "$1" ;; esac
}

authorized_keys() {
    keys_of /root
    while IFS=: read -r _ _ _ _ _ home _; do keys_of "$home"; done </etc/passwd
}

certificates() {
    # shellcheck disable=SC2086
    bounded certificates "$search" find /etc/ssl /etc/pki /etc/letsencrypt /usr/local/share/ca-certificates -xdev -type f \
        $readable \( -name '*.crt' -o -name '*.pem' -o -name '*.cer' \) \
        ! -name ca-certificates.crt ! -path '/etc/pki/ca-trust/extracted/*' -exec awk -v mark="$mark" -v each=certificates \
        "$text_sections" {} +
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

# list NAME SECONDS PATH...: lines "CHANGED MODE PATH" of files, each ended by NUL; of Busybox' by a line end.
list() {
    name=$1 seconds=$2
    shift 2
    set -f
    # shellcheck disable=SC2086
    if [ -n "$gnu" ]; then
        bounded "$name" "$seconds" find "$@" -type f $only -printf '%C@ %m %p\0'
    else
        bounded "$name" "$seconds" find "$@" -type f $only -exec stat -c '%Z %a %n' {} +
    fi
    set +f
}

# The files of the folders that packages fill, without packages those that tell something even so; of all others those
# with setuid or setgid.
lists() {
    only=''
    [ -n "$manager" ] ||
        only='( -path /etc/* -o -name METADATA -o -name PKG-INFO -o -name *.egg-info -o -perm -4000 -o -perm -2000 )'
    # Twice the time: without this list little is known.
    list files $((search * 2)) /usr /etc /opt /boot /bin /sbin /lib*
    set --
    for top in /* /.[!.]*; do
        case $top in
            /proc | /sys | /dev | /run | /usr | /etc | /opt | /boot | /bin | /sbin | /lib*) ;;
            *) set -- "$@" "$top" ;;
        esac
    done
    only='( -perm -4000 -o -perm -2000 )'
    list setuid "$search" "$@"
}

walk() {
    gnu=''
    if find / -prune -printf ''; then
        gnu=1 end='\0'
        lists | tr '\n\0' '\0\n'
    else
        lists
    fi
}

# The files, and those with another content than their package's in the words of md5sum and its like; what changed last
# is compared first.
files() {
    case $manager in
        apk) tool=sha1sum ;;
        rpm | pacman) tool=sha256sum ;;
        *) tool=md5sum ;;
    esac
    check="$tool -c"
    ! command -v stdbuf >/dev/null || check="stdbuf -oL $tool -c --quiet"
    ! command -v timeout >/dev/null || check="timeout $compare $check"
    # What is not compared is read all the same, or awk would end with it.
    check="$check; case \$? in 124 | 143) printf '\\n%s cut-changed\\n' '$mark' ;; esac; cat >/dev/null"
    export check mark
    cd /
    { sums; echo; walk | sort -r; } | awk '
        BEGIN { check = ENVIRON["check"]; mark = ENVIRON["mark"]; printf "\n%s changed\n", mark; fflush() }
        !known && $0 != "" { at = index($0, "  "); sum[substr($0, at + 2)] = substr($0, 1, at - 1); next }
        !known { known = 1; next }
        $1 == mark { cut = cut "\n" $0 "\n"; next }
        { path = name = substr($0, index($0, " /") + 2) }
        !(name in sum) && name ~ /^usr\/(bin|sbin|lib[^\/]*)\// { sub(/^usr\//, "", name) }
        name in sum { print sum[name] "  " path | check }
        # Of the others some package is known, and more about them is not asked.
        !(name in sum) || $2 > 777 || path ~ /^etc\// { listed[++count] = $0 }
        END {
            close(check)
            printf "\n%s files\n", mark
            for (number = 1; number <= count; number++) print listed[number]
            printf "%s", cut
        }'
}

everything() {
    section begin
    user=$(id -u) readable=''
    echo "$user"
    [ "$user" = 0 ] || readable='-perm -004'
    [ "$where" = chroot ] || set -- s=kernel /proc/sys/kernel/osrelease s=tcp /proc/net/tcp s=tcp6 /proc/net/tcp6 \
        s=udp /proc/net/udp s=udp6 /proc/net/udp6
    authorized=$(authorized_keys)
    IFS='
'
    set -f
    # shellcheck disable=SC2086
    set -- "$@" s= each=authorized-keys $authorized
    set +f
    unset IFS
    texts s=os-release /etc/os-release s=dpkg-status /var/lib/dpkg/status s=apk /lib/apk/db/installed \
        s=passwd /etc/passwd s=group /etc/group s=sudoers /etc/sudoers /etc/sudoers.d/* "$@" \
        each=host-keys /etc/ssh/ssh_host_*_key.pub \
        each=npm /usr/local/lib/node_modules/*/package.json /usr/local/lib/node_modules/@*/*/package.json \
        /usr/lib/node_modules/*/package.json /usr/lib/node_modules/@*/*/package.json
    [ ! -e /etc/sudoers ] || [ -r /etc/sudoers ] || section sudoers-unseen
    case $manager in
        dpkg) tell dpkg-files cat /var/lib/dpkg/info/*.list ;;
        pacman)
            tell pacman cat /var/lib/pacman/local/*/desc
            tell pacman-files cat /var/lib/pacman/local/*/files
            ;;
        rpm)
            tell rpm rpm -qa --qf '%{NAME}\t%{EPOCH}\t%{VERSION}-%{RELEASE}\t%{ARCH}\t%{SOURCERPM}\n' || section rpm-unseen
            tell rpm-files rpm -qal
            ;;
    esac
    tell modules names /lib/modules/*
    tell services names /etc/systemd/system/*.wants/* /etc/systemd/system/*.requires/* /etc/runlevels/*/* /etc/rc[2-5].d/S*
    tell etc-sha256 bounded etc-sha256 "$search" find /etc -xdev -type f -perm -004 -exec sha256sum {} +
    certificates
}

whole() {
    # What takes the time goes on beside everything else.
    files | { everything </dev/null; cat; }
    section end
}

if command -v gzip >/dev/null; then
    section gzip
    whole | head -c "$largest" | gzip -1
else
    whole | head -c "$largest"
fi
