#!/bin/sh
# Make this machine ready, and say what is being done: system packages, then the Python environment in .venv.
#
#   tools/setup.sh [base|sandbox|vm|dev|test | stack:NAME]
#
# base     Python and what running a build needs    sandbox  and what the local cloud and its sandbox machines need
# vm       and QEMU and the Debian image's tools    test     everything that the tests need
# dev      base, and the Python packages for developing
# stack:NAME stands for what the stack NAME needs; CLOUD=local and CLOUD=hyperone decide for any stack.
#
# As root missing packages are installed; anybody else is told the one command that installs all of them.
# When everything is there this costs about a tenth of a second.
set -eu

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
cd "$root"
# An ordinary user's PATH often lacks the folders where mke2fs, mkfs.vfat and sshd are.
programs="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
umask 022

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

now() { date +%s; }

# --- what is needed ---------------------------------------------------------------------------------------------------

level=${1:-base}
case $level in
    base | sandbox | vm | dev | test) ;;
    stack:*)
        case ${CLOUD:-},$level in
            hyperone,*) level=base ;;
            *,stack:sandbox) level=sandbox ;;
            *,stack:local | *,stack:chroot | *,stack:chroot-debootstrap) level=vm ;;
            local,*) level=sandbox ;;
            *) level=base ;;
        esac
        ;;
    *) fail "usage: tools/setup.sh [base|sandbox|vm|dev|test|stack:NAME]" ;;
esac

# The locked Python packages of each level; a lock holds all that the one before it holds.
case $level in
    base) locks="requirements.lock" ;;
    sandbox | vm) locks="requirements.lock requirements-cloud.lock" ;;
    dev | test) locks="requirements.lock requirements-cloud.lock requirements-dev.lock" ;;
esac
lock=${locks##* }

# Each line: the Debian package, and a program (or file) that it brings.
requirements() {
    echo "ca-certificates /etc/ssl/certs/ca-certificates.crt"
    case $level in base | dev) return ;; esac
    echo "bubblewrap bwrap"
    echo "util-linux unshare"
    echo "util-linux setpriv"
    echo "mount mount"
    echo "openssh-client ssh"
    echo "openssh-sftp-server /usr/lib/openssh/sftp-server"
    [ "$level" = sandbox ] && return
    echo "qemu-system-x86 qemu-system-x86_64"
    echo "qemu-utils qemu-img"
    echo "mmdebstrap mmdebstrap"
    echo "debian-archive-keyring /usr/share/keyrings/debian-archive-keyring.gpg"
    echo "e2fsprogs mke2fs"
    echo "e2fsprogs debugfs"
    echo "dosfstools mkfs.vfat"
    echo "mtools mcopy"
    echo "uidmap newuidmap"
    [ "$level" = vm ] && return
    echo "openssh-server sshd"
    # Machines whose tools are not GNU's are looked at with these.
    echo "busybox busybox"
    # What other package managers than Debian's installed is recorded as these tell it.
    echo "rpm rpmbuild"
    echo "pacman-package-manager pacman"
    echo "libarchive-tools bsdtar"
    echo "chromium chromium"
    # HyperOne's own clients are tried against the local cloud.
    echo "nodejs node"
    echo "npm npm"
}

has() {
    case $1 in
        /*) [ -e "$1" ] ;;
        *) PATH=$programs command -v "$1" >/dev/null 2>&1 ;;
    esac
}

missing_packages() {
    requirements | while read -r package program; do
        has "$program" || echo "$package"
    done | sort -u | tr '\n' ' '
}

# --- long steps -------------------------------------------------------------------------------------------------------

# last_line FILE: the last line of a program's output, at most 100 characters of plain ASCII: programs draw bars out of
# other characters, and `cut` counts bytes.
last_line() {
    tr '\r' '\n' <"$1" | tail -n 1 | LC_ALL=C tr -cd ' -~' | cut -c 1-100
}

# run_step TITLE COMMAND...: run quietly, report every 15 s, the time at the end, the output on failure.
run_step() {
    title=$1
    shift
    log=$(mktemp)
    started=$(now)
    say "$title ..."
    "$@" >"$log" 2>&1 &
    job=$!
    # An interrupt ends the step as well; the rest of the script is ended by the shell.
    trap 'kill "$job" 2>/dev/null; rm -f "$log"; exit 130' INT TERM
    beat=$((started + 15))
    while kill -0 "$job" 2>/dev/null; do
        sleep 0.2
        if [ "$(now)" -ge "$beat" ]; then
            say "$title ... $(($(now) - started)) s: $(last_line "$log")"
            beat=$((beat + 15))
        fi
    done
    code=0
    wait "$job" || code=$?
    trap - INT TERM
    if [ "$code" -ne 0 ]; then
        tail -n 30 "$log" >&2
        rm -f "$log"
        fail "$title: failed with exit code $code; its last lines are above"
    fi
    rm -f "$log"
    say "$title: done in $(($(now) - started)) s"
}

# --- system packages --------------------------------------------------------------------------------------------------

# find_python: a Python of at least 3.11; sets $python, or leaves it empty.
find_python() {
    python=
    for candidate in ${PYTHON:-} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            python=$(command -v "$candidate")
            return
        fi
    done
}

# uv makes environments without the system's venv module; a broken or absent one does not count.
find_uv() {
    uv=
    if uv --version >/dev/null 2>&1; then
        uv=$(command -v uv)
    fi
}

python_packages() {
    find_python
    if [ -z "$python" ]; then
        echo "python3 python3-venv"
    elif [ -z "$uv" ] && ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
        case $python in
            /usr/bin/python3) echo "python3-venv" ;;
            *) "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])' ;;
        esac
    fi
}

install_packages() {
    wanted=$1
    command -v apt-get >/dev/null 2>&1 ||
        fail "these Debian packages, or your system's equivalents, are missing: $wanted"
    if [ "$(id -u)" -ne 0 ]; then
        say "error: this needs system packages that are not installed. Install them with:"
        say ""
        say "    sudo apt-get update && sudo apt-get install -y $wanted"
        say ""
        say "and run the same command again."
        exit 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    run_step "System packages: update the list" apt-get -o Acquire::Retries=3 update
    # shellcheck disable=SC2086 -- a list of package names
    run_step "System packages: install $wanted" \
        apt-get -o Acquire::Retries=3 install -y --no-install-recommends $wanted
}

# --- the Python environment -------------------------------------------------------------------------------------------

stamp=.venv/.hyperone-images

# fingerprint LOCK: what the environment is made from, the locked packages and the interpreter.
fingerprint() {
    echo "$(sha256sum <"$1" | cut -d ' ' -f 1) $(readlink -f .venv/bin/python)"
}

# The stamp has a line for each lock that is installed.
environment_is_ready() {
    [ -x .venv/bin/python ] && [ -f "$stamp" ] && grep -qxF "$(fingerprint "$lock")" "$stamp"
}

# pip_install ARGUMENTS: install into .venv, with uv or pip, whichever is there.
pip_install() {
    if [ -n "$uv" ]; then
        "$uv" pip install --python .venv/bin/python "$@"
    else
        .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
        .venv/bin/python -m pip install --disable-pip-version-check --no-input "$@"
    fi
}

make_environment() {
    [ -n "$python" ] || find_python
    [ -n "$python" ] || fail "no Python of at least 3.11 found; install one and name it: PYTHON=/path/to/python3 make setup"
    if [ -e .venv ] && ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
        say "Python environment: .venv does not work; creating it again"
        rm -rf .venv
    fi
    if [ ! -e .venv ]; then
        if [ -n "$uv" ]; then
            run_step "Python environment: create .venv" "$uv" venv --quiet --python "$python" .venv
        else
            run_step "Python environment: create .venv" "$python" -m venv .venv
        fi
    fi
    count=$(grep -c '^[a-z0-9]' "$lock")
    [ -n "$uv" ] ||
        run_step "Python environment: install the locked pip" pip_install --require-hashes -r tools/pip.lock
    run_step "Python environment: install $count locked packages" pip_install --require-hashes -r "$lock"
    for one in $locks; do fingerprint "$one"; done >"$stamp"
}

# --- this checkout as an installed package ----------------------------------------------------------------------------

checkout_stamp=.venv/.hyperone-checkout

checkout_fingerprint() {
    echo "$(sha256sum <pyproject.toml | cut -d ' ' -f 1) $root"
}

# An environment that is only linked here belongs to another checkout, and so does the package in it.
checkout_is_installed() {
    [ -L .venv ] || [ "$(cat "$checkout_stamp" 2>/dev/null)" = "$(checkout_fingerprint)" ]
}

# Programs anywhere find pulumi_hyperone, and `hyperone` is a command. It is built with the locked setuptools, offline.
install_checkout() {
    run_step "Python environment: install this checkout" \
        pip_install --no-index --no-deps --no-build-isolation --editable .
    rm -rf pulumi_hyperone.egg-info
    checkout_fingerprint >"$checkout_stamp"
}

is_ready() { environment_is_ready && checkout_is_installed; }

# --- do it ------------------------------------------------------------------------------------------------------------

uv=
python=
wanted=$(missing_packages)
is_ready || find_uv
if ! environment_is_ready; then
    wanted="$(python_packages) $wanted"
fi
# shellcheck disable=SC2086 -- one space between the words
wanted=$(echo $wanted)
if [ -n "$wanted" ]; then
    install_packages "$wanted"
    still=$(missing_packages)
    [ -z "$still" ] || fail "installed, but these are still not found: $still"
fi
if ! is_ready; then
    mkdir -p -m 700 .state
    # One set-up at a time; whoever waited finds the work done.
    exec 9>.state/setup.lock
    chmod 600 .state/setup.lock
    flock 9
    environment_is_ready || make_environment
    checkout_is_installed || install_checkout
    exec 9>&-
fi
