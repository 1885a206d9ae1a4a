# Finds what should not be in an image that others start from, and removes what is safe to remove.
#
# Usage: residue.sh STAGE MODE WHERE KEY MINUTES SECONDS HOME
#   STAGE    files; secrets, with patterns for grep -F on standard input; identity, after which nobody may be able to log in
#   MODE     find, or clean: remove, then find what is left
#   WHERE    machine or chroot
#   KEY      the build's public key, without its kind and comment
#   MINUTES  since when files count as the build's
#   SECONDS  bound of the search for secrets
#   HOME     the login's home folder
# Prints kind, path and detail of each finding, each ended by NUL; for secrets names alone.
stage=$1 mode=$2 where=$3 key=$4 minutes=$5 seconds=$6 login=$7
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin LC_ALL=C
export PATH LC_ALL
exec 2>/dev/null

found() {
    printf '%s\0%s\0%s\0' "$1" "$2" "$3"
}

# Whether a path is mounted over, so that what is there is not in the image.
mounted() {
    while read -r _ point _; do
        [ "$point" != "$1" ] || return 0
    done </proc/mounts
    return 1
}

# Whether /tmp is in memory only; where the root is too, as in the local cloud's sandboxes, that says nothing.
in_memory() {
    root='' here=''
    while read -r _ point kind _; do
        [ "$point" != / ] || root=$kind
        [ "$point" != "$1" ] || here=$kind
    done </proc/mounts
    [ "$here" = tmpfs ] && [ "$root" != tmpfs ]
}

fresh=
! find / -prune -cmin -1 >/dev/null || fresh="-cmin -$minutes"

homes() {
    { cut -d: -f6 /etc/passwd; echo /root; echo "$login"; } | sort -u | while IFS= read -r home; do
        case $home in /?*) [ ! -d "$home" ] || printf '%s\n' "$home" ;; esac
    done
}

# each COMMAND: for each home folder.
each() {
    homes | while IFS= read -r home; do "$@"; done
}

# Of some paths those whose last part has a secret, each ended by NUL.
# shellcheck disable=SC2016
with_telling_names='
    told=" $(awk "$telling" "$@") " number=0
    for path; do
        number=$((number + 1))
        case $told in *" $number "*) printf "%s\0" "$path" ;; esac
    done'
has='
    function has(text, at) {
        for (at = 1; at <= count; at++) if (secret[at] != "" && index(text, secret[at])) return 1
        return 0
    }
    BEGIN { count = split(ENVIRON["patterns"], secret, "\n") }'
telling="$has"'
    BEGIN {
        for (number = 1; number < ARGC; number++) {
            folder = ARGV[number]
            sub(/[^\/]*$/, "", folder)
            if (has(ARGV[number]) && !has(folder)) printf "%d ", number
        }
        exit
    }'
# Of some links those whose target has a secret, each ended by NUL; one look at all of them spares one at each.
# shellcheck disable=SC2016
with_telling_targets='
    { find "$@" -prune -printf "%l\n" || stat -c %N "$@"; } | awk "$in_text" || exit 0
    for link; do ! readlink "$link" | awk "$in_text" || printf "%s\0" "$link"; done'
in_text="$has"'
    has($0) { known = 1; exit }
    END { exit !known }'
export telling in_text

# Names of what has a secret in it, in its name or as a link in its target, each ended by NUL; then an empty name, and
# why the search was not whole, or nothing.
secret_files() {
    patterns=$(cat) incomplete=
    export patterns
    bound=
    ! command -v timeout >/dev/null || bound="timeout $seconds"
    # Root may write to its disk unless it has errors; what is read-only otherwise, such as an image's /usr, is passed over.
    while read -r device point _ options _; do
        case $device,$point,$options, in /dev/*,/,ro,*) incomplete='/ is read-only' ;; esac
    done </proc/mounts
    for tool in find grep awk; do
        command -v $tool >/dev/null || incomplete="there is no $tool"
    done
    # A printf that is a program would be handed the secrets on its command line.
    case $(command -V printf) in *builtin*) ;; *) incomplete='this shell has no printf of its own' ;; esac
    for top in /* /.[!.]*; do
        case $top in /proc | /sys | /dev | /run) continue ;; esac
        [ -z "$incomplete" ] || continue
        # On a file system that root cannot write to the build left nothing.
        [ -L "$top" ] || { [ -e "$top" ] && { [ "$(id -u)" != 0 ] || [ -w "$top" ]; }; } || continue
        $bound find "$top" $fresh -exec sh -c "$with_telling_names" sh {} + \
            \( -type l -exec sh -c "$with_telling_targets" sh {} + -o -type f -exec sh -c '
            if printf x | grep -qZ x; then
                printf "%s\n" "$patterns" | grep -lZF -f - -- "$@"
            elif printf "%s\n" "$patterns" | grep -qF -f - -- "$@"; then
                # One of them at least: a process for each file is a minute for a few thousand.
                for file; do
                    ! printf "%s\n" "$patterns" | grep -qF -f - -- "$file" || printf "%s\0" "$file"
                done
            fi' sh {} + \)
        [ $? != 124 ] || incomplete="$top takes longer than $seconds s"
    done
    printf '\0%s\0' "$incomplete"
}

key_in() {
    for file in "$home/.ssh/authorized_keys" "$home/.ssh/authorized_keys2"; do
        [ -f "$file" ] && grep -qF -e "$key" "$file" || continue
        if [ "$mode" = clean ]; then
            # The rest of the file stays as it is, owner and mode included.
            left=$(grep -vF -e "$key" "$file")
            { [ -z "$left" ] || printf '%s\n' "$left"; } >"$file"
        fi
        ! grep -qF -e "$key" "$file" || found build-key "$file" "the build's key may log in"
    done
}

# path KIND DETAIL PATH...: what is there, removed first where that is asked for.
path() {
    kind=$1 detail=$2
    shift 2
    for one; do
        [ -e "$one" ] || [ -L "$one" ] || continue
        [ ! -f "$one" ] || [ -s "$one" ] || continue
        ! mounted "$one" || continue
        [ "$mode" != clean ] || rm -rf "$one"
        [ ! -e "$one" ] || found "$kind" "$one" "$detail"
    done
}

home_files() {
    path shell-history 'what was typed' "$home"/.bash_history "$home"/.zsh_history "$home"/.ash_history \
        "$home"/.sh_history "$home"/.history "$home"/.python_history "$home"/.mysql_history "$home"/.psql_history
    path package-cache 'a cache of pip or npm' "$home"/.cache/pip "$home"/.npm/_cacache
}

temporary() {
    for folder in /tmp /var/tmp; do
        ! in_memory "$folder" || continue
        find "$folder" -mindepth 1 -maxdepth 1 $fresh ! -name 'systemd-private-*' ! -name '.*-unix' \
            -exec sh -c 'mode=$1; shift; for one; do
                [ "$mode" != clean ] || rm -rf "$one"
                [ ! -e "$one" ] && [ ! -L "$one" ] || printf "temporary-file\0%s\0a file of the build\0" "$one"
            done' sh "$mode" {} +
    done
}

machine_id() {
    file=/etc/machine-id
    case $(cat $file) in
        '' | uninitialized) ;;
        *)
            if ! mounted $file; then
                [ "$mode" != clean ] || true >$file
                [ ! -s $file ] || found machine-id $file 'every machine from the image would have it'
            fi
            ;;
    esac
    [ -L /var/lib/dbus/machine-id ] || path machine-id 'every machine from the image would have it' /var/lib/dbus/machine-id
}

host_keys() {
    before=$mode
    # Only where something makes new ones at the next start, or nobody could log in.
    if ! command -v cloud-init >/dev/null && [ ! -e /usr/lib/systemd/system/sshd-keygen.target ] &&
        [ ! -e /lib/systemd/system/sshd-keygen.target ] && ! grep -qs 'ssh-keygen' /etc/init.d/sshd; then
        mode=find
    fi
    path ssh-host-key 'every machine from the image would have it' /etc/ssh/ssh_host_*_key
    # shellcheck disable=SC2086
    [ "$mode" != clean ] || rm -f /etc/ssh/ssh_host_*_key.pub
    mode=$before
}

logs() {
    # `true` where `:` would do: a file that cannot be written ends the shell there.
    if [ "$mode" = clean ]; then
        [ "$where" = chroot ] || journalctl --rotate --vacuum-time=1s >/dev/null
        find /var/log -type f \( -name '*.gz' -o -name '*.xz' -o -name '*.[0-9]' -o -name '*.old' \) -exec rm -f {} +
        find /var/log -type f ! -name '*.journal' -size +0c -exec sh -c 'for file; do true >"$file"; done' sh {} +
    fi
    find /var/log -type f $fresh -size +0c -exec sh -c 'for file; do
        printf "log\0%s\0written during the build\0" "$file"
    done' sh {} +
}

files() {
    [ "$(id -u)" = 0 ] ||
        found unseen / 'what only root may read: the login is not root and sudo asks for a password or is not there'
    each home_files
    path dhcp-lease 'addresses of the builder' /var/lib/dhcp/*.leases /var/lib/dhclient/*.lease* \
        /var/lib/NetworkManager/*.lease /var/lib/dhcpcd/*.lease
    path package-cache 'packages that were downloaded' /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/* \
        /var/cache/dnf/* /var/cache/yum/* /var/cache/apk/* /var/cache/pacman/pkg/*
    path cloud-init "the builder's instance" /var/lib/cloud/instance /var/lib/cloud/instances /var/lib/cloud/data \
        /var/lib/cloud/sem /var/lib/cloud/handlers
    temporary
    logs
}

case $stage in
    files) files ;;
    secrets) secret_files ;;
    identity)
        machine_id
        each key_in
        host_keys
        ;;
esac
