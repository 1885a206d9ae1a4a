"""Machines of a fresh image go on from a saved first start instead of booting.

An image of ours boots without network adapters and CLOUDMD disk up to the point where cloud-init would read that disk,
says so on the serial console, and waits (guest/…/cloud-init-stages/server.py). There the host saves memory and disk
once per image, size of machine, and QEMU. Every later machine of this kind is resumed from it, gets its own adapters,
CLOUDMD disk and disk size by hot-plug, and becomes a machine of its own: random pool, clock, machine id, host keys, all
made afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shlex
import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineSpec
from pulumi_hyperone.local_cloud.machines.vm import command, disks, host
from pulumi_hyperone.local_cloud.machines.vm.process import Qemu

WAITING = "local cloud: waiting for CLOUDMD"
MEMORY = "memory"
PREFIX = "first-start-"
_WAITING_LIMIT = 180.0
_MOVE_LIMIT = 60.0
_being_saved: set[Path] = set()


class FirstStart:
    """The saved first start of one image, machine size, and QEMU: a folder with memory and disk, or not there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def is_saved(self) -> bool:
        """Whether there is something to go on from."""
        return (self._folder / MEMORY).exists()

    def abandon(self) -> None:
        """Let another machine save it; this one will not."""
        _being_saved.discard(self._folder)

    def discard(self) -> None:
        """Remove what turned out to be of no use."""
        shutil.rmtree(self._folder, ignore_errors=True)

    async def prepare(self, disk: DiskRef) -> None:
        """Make the OS disk what the saved memory expects: the saved disk, or an empty overlay to be saved."""
        if self.is_saved:
            await host.copy_sparse(self._folder / disks.DISK, disk.folder / disks.DISK)
        else:
            _being_saved.add(self._folder)
            await disks.make_overlay(disk)

    async def resume(self, qemu: Qemu, spec: MachineSpec, own: Sequence[command.Part]) -> None:
        """Read the saved memory into a QEMU that waits for it, add the machine's own devices, and let it run."""
        source = shlex.quote(str(self._folder / MEMORY))
        await qemu.monitor.execute("migrate-incoming", uri=f"exec:cat {source}")
        await qemu.monitor.migrated(_MOVE_LIMIT)
        await _go_on(qemu, spec, own)

    async def save(self, qemu: Qemu, spec: MachineSpec, own: Sequence[command.Part]) -> None:
        """Wait until the booting guest waits, save it, add the machine's own devices, and let it run on.

        Raises MachineError when it could not be saved; the machine runs on with its devices all the same.
        """
        try:
            if await wait_for_text(spec.folder / command.SERIAL_LOG, WAITING, _WAITING_LIMIT):
                await qemu.monitor.execute("stop")
                await self._write(qemu, spec.disks[0])
        finally:
            self.abandon()
            if qemu.is_running:
                await _go_on(qemu, spec, own)

    async def _write(self, qemu: Qemu, disk: DiskRef) -> None:
        self._folder.parent.mkdir(parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=f"{self._folder.name}-", suffix=".part", dir=self._folder.parent))
        try:
            await qemu.monitor.execute("migrate", uri=f"exec:cat > {shlex.quote(str(part / MEMORY))}")
            await qemu.monitor.migrated(_MOVE_LIMIT)
            await host.copy_sparse(disk.folder / disks.DISK, part / disks.DISK)
            with contextlib.suppress(OSError):  # another cloud was quicker
                part.rename(self._folder)
        finally:
            shutil.rmtree(part, ignore_errors=True)


def find(spec: MachineSpec, accelerator: command.Accelerator, cache: Path) -> FirstStart | None:
    """Return the first start for this machine, saved or to be saved; None when it has to boot plainly.

    That is: its OS disk was started before, is of another image or not at location 0, or another machine is just saving
    this first start.
    """
    mark = spec.disks[0].folder / disks.FIRST_START
    try:
        image = mark.read_text().strip()
    except OSError:
        return None
    mark.unlink()
    qemu = Path(shutil.which("qemu-system-x86_64") or os.devnull).resolve().stat()
    # The memory fits only the same virtual hardware, given by QEMU itself and by our command line.
    hardware = f"{qemu.st_mtime_ns} {qemu.st_size} {accelerator} {command.cpus(spec)} {command.memory_mib(spec)}"
    hardware += Path(command.__file__).read_text()
    key = hashlib.sha256(f"{image} {hardware}".encode()).hexdigest()[:16]
    folder = cache / f"{PREFIX}{image}-{key}"
    return None if folder in _being_saved or spec.disks[0].location else FirstStart(folder)


async def _go_on(qemu: Qemu, spec: MachineSpec, own: Sequence[command.Part]) -> None:
    """Add the machine's own devices and give the OS disk its size, then run."""
    disk = spec.disks[0]
    for kind, value in own:
        await qemu.monitor.add(kind, value)
    size = disks.size_in_bytes(disk.size_gib)
    await qemu.monitor.execute("cont")
    await qemu.monitor.execute("block_resize", node_name=command.node_of(disk.id), size=size)


async def wait_for_text(log: Path, text: str, timeout: float) -> bool:
    """Wait until a growing log has `text`, up to `timeout` seconds; whether it has."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if text.encode() in log.read_bytes():
            return True
        await asyncio.sleep(0.25)
    return False
