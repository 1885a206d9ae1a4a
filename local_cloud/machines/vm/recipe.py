"""What the source image `debian-12` is made of."""

from __future__ import annotations

import hashlib
from pathlib import Path

SUITE = "bookworm"
LABEL = "debian-12"
# Large enough for the packages and some work; the file is sparse, and cloud-init grows the file system to the disk.
SIZE = "3G"
KERNEL_COMMAND_LINE = f"root=LABEL={LABEL} rw console=ttyS0 net.ifnames=0 ipv6.disable=1 mitigations=off"

PACKAGES = (
    # boots
    *("linux-image-cloud-amd64", "initramfs-tools", "lz4", "systemd-sysv", "udev", "kmod", "dbus", "libpam-systemd"),
    # is reached and configured
    *("openssh-server", "openssh-sftp-server", "cloud-init", "sudo", "iproute2", "iputils-ping", "libnss-myhostname"),
    *("netbase", "ca-certificates", "curl", "rsync", "tzdata", "less", "procps", "psmisc", "lsof"),
    # builds another root file system on a second disk without downloading its tools first
    *(
        "debootstrap",
        "debian-archive-keyring",
        "fdisk",
        "gdisk",
        "e2fsprogs",
        "dosfstools",
        "mount",
        "xz-utils",
        "zstd",
    ),
)
# Neither manual pages nor translations; documentation is only the licences.
DPKG_OPTIONS = (
    "path-exclude=/usr/share/man/*",
    "path-exclude=/usr/share/locale/*",
    "path-exclude=/usr/share/doc/*",
    "path-include=/usr/share/doc/*/copyright",
)

GUEST = Path(__file__).parent / "guest"
ROOTFS = GUEST / "rootfs"
CUSTOMIZE = GUEST / "customize.sh"


def digest() -> str:
    """A hash of the whole recipe, file by file; a built image is reused while it stays the same."""
    state = hashlib.sha256(repr((SUITE, LABEL, SIZE, KERNEL_COMMAND_LINE, PACKAGES, DPKG_OPTIONS)).encode())
    for file in sorted(path for path in GUEST.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        state.update(f"{file.relative_to(GUEST)}\0{file.stat().st_mode & 0o111}\0".encode())
        state.update(file.read_bytes())
    return state.hexdigest()[:16]
