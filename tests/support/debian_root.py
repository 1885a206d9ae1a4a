"""A ready-made Debian root file system, as debootstrap and chroot-packages.sh would make it, from the host's mirrors.

Made by mmdebstrap on the host, where it takes a minute, and kept in the user's cache folder under a hash of its recipe.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
import re
import subprocess
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.vm import apt
from pulumi_hyperone.local_cloud.machines.vm.builder import default_cache
from tests.support.stacks import ROOT

SUITE = "bookworm"
MINUTES = 15
# What no test looks at is left out: unpacking it on an emulated processor would take longer than all the rest.
LEFT_OUT = (
    "/usr/share/man/*",
    "/usr/share/locale/*",
    "/usr/share/doc/*",
    "/usr/share/i18n/*",
    "/usr/share/perl/*/unicore/*",
    "/usr/share/syslinux/*",
    "/usr/lib/x86_64-linux-gnu/gconv/*",
    "/usr/lib/udev/hwdb.d/*",
    "/lib/udev/hwdb.d/*",
    "/lib/modules/*/kernel/drivers/net/ethernet/*",
    "/lib/modules/*/kernel/drivers/gpu/*",
    "/lib/modules/*/kernel/drivers/infiniband/*",
    "/lib/modules/*/kernel/drivers/md/*",
    *(f"/lib/modules/*/kernel/fs/{name}/*" for name in ("btrfs", "ceph", "nfs*", "ntfs3", "ocfs2", "smb", "xfs")),
    "/lib/modules/*/kernel/net/netfilter/*",
)
DRIVERS = ("virtio_pci", "virtio_scsi", "sd_mod", "ext4")
# A small initrd: the BIOS reads it block by block, and it is unpacked on an emulated processor.
SETUP = f"""
mkdir -p "$1/etc/initramfs-tools/conf.d"
printf 'MODULES=list\\nCOMPRESS=lz4\\n' > "$1/etc/initramfs-tools/conf.d/small"
printf '%s\\n' {" ".join(DRIVERS)} > "$1/etc/initramfs-tools/modules"
"""


def packages() -> list[str]:
    """The packages that scripts/chroot-packages.sh installs."""
    script = (ROOT / "scripts/chroot-packages.sh").read_text()
    found = re.search(r"--no-install-recommends((?:\\\n|[^\n])+)", script)
    assert found, "chroot-packages.sh installs nothing"
    return [word for word in found[1].split() if word != "\\"]


def archive() -> Path:
    """The archive (tar, not compressed), built at first use; several processes build it once."""
    cache = default_cache().parent / "test-roots"
    cache.mkdir(parents=True, exist_ok=True)
    recipe = [SUITE, packages(), LEFT_OUT, SETUP]
    target = cache / f"debian-{hashlib.sha256(repr(recipe).encode()).hexdigest()[:16]}.tar"
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.exists():
            for old in cache.glob("debian-*.tar*"):
                old.unlink()
            _build(target)
    return target


def _build(target: Path) -> None:
    part = target.with_suffix(".tar.part")
    sources, options = asyncio.run(_apt())
    command = [
        "mmdebstrap",
        "--variant=minbase",
        f"--mode={'root' if os.geteuid() == 0 else 'unshare'}",
        "--format=tar",
    ]
    command += [f"--include={','.join([*packages(), 'lz4'])}", f"--setup-hook={SETUP}"]
    command += [f"--dpkgopt=path-exclude={pattern}" for pattern in LEFT_OUT]
    command += [f'--aptopt={key} "{value}"' for key, value in options.items()]
    done = subprocess.run(
        [*command, SUITE, part, *sources], capture_output=True, text=True, timeout=60 * MINUTES, check=False
    )
    assert done.returncode == 0, f"mmdebstrap ended with {done.returncode}:\n{done.stderr[-2000:]}"
    part.rename(target)


async def _apt() -> tuple[list[str], dict[str, str]]:
    return await apt.sources(SUITE), await apt.options()
