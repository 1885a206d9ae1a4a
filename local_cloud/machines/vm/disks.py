"""What is in a disk's folder, and how it is made, grown, and captured.

An image disk is `base.raw`, never written again. A disk is `disk.qcow2`; one that came from an image is an overlay
over `base.raw`, which is another name (hard link) of the image's file, so that deleting the image breaks nothing. Image
and disk carry `vmlinuz`, `initrd`, and `cmdline` beside it when the kernel is loaded by QEMU; otherwise the BIOS boots
the disk.
"""

from __future__ import annotations

import re
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError
from pulumi_hyperone.local_cloud.machines.vm import host

BASE = "base.raw"
DISK = "disk.qcow2"
KERNEL = "vmlinuz"
INITRD = "initrd"
CMDLINE = "cmdline"
BOOT_FILES = (KERNEL, INITRD, CMDLINE)
# In an image whose machines may go on from a saved first start, and in its disks until they are used: the image's key.
FIRST_START = "first-start"

MIB = 1 << 20
LARGEST_BOOT_FILE = 512 * MIB
"""Bytes of a kernel or initrd that is copied out of a guest's file system, which may name files of any size."""
# Of programs that read a file system that a guest wrote.
_LIMITS = (f"--as={4 << 30}", f"--fsize={LARGEST_BOOT_FILE}")
_QUICK = 60.0
_LONG = 900.0


def size_in_bytes(size_gib: float) -> int:
    """A size in GiB as bytes, rounded down to whole MiB."""
    return int(size_gib * 1024) * MIB


def allocated_bytes(folder: Path) -> int:
    """The bytes that the files of a folder take on the host."""
    return sum(entry.stat().st_blocks * 512 for entry in folder.iterdir())


async def make_blank(disk: DiskRef) -> None:
    """A disk of zeros."""
    argv: list[str | Path] = ["qemu-img", "create", "-q", "-f", "qcow2", DISK, str(size_in_bytes(disk.size_gib))]
    await host.run(argv, f"making disk {disk.id}", timeout=_QUICK, cwd=disk.folder)


async def make_copy(disk: DiskRef, source: Path) -> None:
    """A copy of the image disk or disk in the folder `source`; copy-on-write where it is an image."""
    base, changes = source / BASE, source / DISK
    if not base.exists() and not changes.exists():
        raise MachineError(f"making disk {disk.id}: its source is not the disk of a virtual machine")
    if base.exists():
        await host.link_or_copy(base, disk.folder / BASE)
    for name in (*BOOT_FILES, FIRST_START):
        if (source / name).exists():
            await host.link_or_copy(source / name, disk.folder / name)
    if changes.exists():
        await host.copy_sparse(changes, disk.folder / DISK)
        await grow(disk)
        return
    wanted, needed = size_in_bytes(disk.size_gib), base.stat().st_size
    if wanted < needed:
        raise MachineError(
            f"disk {disk.id} of {disk.size_gib:g} GiB is smaller than its image of {needed / (1024 * MIB):g} GiB"
        )
    await make_overlay(disk, wanted)


async def make_overlay(disk: DiskRef, size: int | None = None) -> None:
    """Replace the disk's file: an empty overlay over its image of `size` bytes (default: the image's size)."""
    argv = ["qemu-img", "create", "-q", "-f", "qcow2", "-b", BASE, "-F", "raw", DISK, *([str(size)] if size else [])]
    await host.run(argv, f"making disk {disk.id}", timeout=_QUICK, cwd=disk.folder)


async def grow(disk: DiskRef) -> None:
    """Grow a disk that no running machine has; MachineError where that would shrink it."""
    argv: list[str | Path] = ["qemu-img", "resize", "-q", "-f", "qcow2", DISK, str(size_in_bytes(disk.size_gib))]
    await host.run(argv, f"growing disk {disk.id} to {disk.size_gib:g} GiB", timeout=_QUICK, cwd=disk.folder)


async def capture(disk: DiskRef, target: Path) -> int:
    """Make the image disk `target` from a disk that nothing writes to; returns the bytes it takes on the host."""
    source = disk.folder / DISK
    # -U: a paused machine still holds its lock on the file.
    argv: list[str | Path] = ["qemu-img", "convert", "-U", "-W", "-m", "4", "-f", "qcow2", "-O", "raw"]
    argv += [source, target / BASE]
    await host.run(argv, f"capturing disk {disk.id}", timeout=_LONG)
    if (disk.folder / KERNEL).exists():
        await _carry_boot_files(disk.folder, target)
    return allocated_bytes(target)


async def _carry_boot_files(source: Path, target: Path) -> None:
    """Take the newest kernel of the captured file system, since the machine may have got another; else the old one."""
    version = await _newest_kernel(target / BASE)
    if version:
        commands = f"dump /boot/vmlinuz-{version} {KERNEL}\ndump /boot/initrd.img-{version} {INITRD}\n"
        script = target / "debugfs"
        script.write_text(commands)
        argv = ["debugfs", "-f", script.name, BASE]
        await host.run(argv, "reading the image's kernel", timeout=_QUICK, cwd=target, limits=_LIMITS)
        script.unlink()
    for name in BOOT_FILES:
        new = target / name
        if not new.exists() or not new.stat().st_size:
            new.unlink(missing_ok=True)
            await host.link_or_copy(source / name, new)


async def _newest_kernel(raw: Path) -> str | None:
    """The newest version in /boot that has a kernel and an initrd; None where that cannot be read.

    Raises MachineError where one of the two is too large to be either.
    """
    try:
        listing = await host.run(["debugfs", "-R", "ls -p /boot", raw], "reading /boot", timeout=_QUICK, limits=_LIMITS)
    except MachineError:
        return None
    kernels = dict(re.findall(r"/vmlinuz-([\w.+~-]+)/(\d+)/", listing))
    initrds = dict(re.findall(r"/initrd\.img-([\w.+~-]+)/(\d+)/", listing))
    newest = max(kernels.keys() & initrds.keys(), key=version_key, default=None)
    if newest and max(int(kernels[newest]), int(initrds[newest])) > LARGEST_BOOT_FILE:
        raise MachineError(
            f"capturing a disk: kernel or initrd {newest} in its /boot has more than {LARGEST_BOOT_FILE // MIB} MiB; "
            "remove that version"
        )
    return newest


def version_key(version: str) -> list[tuple[int, str]]:
    """Sorts kernel versions by their numbers: 6.1.0-9 before 6.1.0-10."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in re.findall(r"\d+|\D+", version)]
