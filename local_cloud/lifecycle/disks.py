"""Disks: made blank or from a source, grown, removed (API facts 2.2)."""

from __future__ import annotations

import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.lifecycle.networks import refuse_protected
from pulumi_hyperone.local_cloud.lifecycle.parts import Parts
from pulumi_hyperone.local_cloud.machines.base import DiskRef
from pulumi_hyperone.local_cloud.machines.threads import in_thread
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Disk
from pulumi_hyperone.local_cloud.state.refusals import bad_request

REMOVED_AT_ONCE = 8


class DiskLife:
    """Everything about disks."""

    def __init__(self, parts: Parts) -> None:
        self._home = parts.home
        self._store = parts.store
        self._events = parts.events
        self._kinds = parts.kinds

    def plan(self, caller: Caller, service: str, name: str | None, size: float, kind: str) -> Disk:
        """A new disk, not stored yet. Raises ApiError for an unknown type."""
        flavour = catalog.find_service(service, "disk")
        return Disk(
            **caller.made(flavour),
            name=name or "disk",
            kind=kind,
            size=size,
        )

    def folder(self, disk: Disk) -> Path:
        """Where the disk's content is."""
        return self._home.disks / disk.id

    def ref(self, disk: Disk, location: int | None = None) -> DiskRef:
        """The disk as machines see it; `location` is its SCSI location in the machine that is meant."""
        return DiskRef(disk.id, self.folder(disk), disk.size, location)

    async def fill(self, disk: Disk, source: Path | None) -> None:
        """Make the disk's content. Raises MachineError."""
        folder = self.folder(disk)
        await in_thread(fresh_folder, folder)
        await self._kinds.get(disk.kind).make_disk(self.ref(disk), source)

    async def clone(self, disk: Disk, source: Disk) -> None:
        """Make the disk a copy of `source`, whose machine may run. Raises MachineError."""
        async with self._kinds.get(source.kind).paused(source.vm or ""):
            await self.fill(disk, self.folder(source))

    async def grow(self, disk: Disk, size: float) -> None:
        """Grow the disk to `size` GiB. Raises MachineError."""
        await self._kinds.get(disk.kind).resize_disk(DiskRef(disk.id, self.folder(disk), size))
        disk.size = size

    def check_size(self, disk: Disk, size: float) -> None:
        """Refuse to shrink. Raises a 400."""
        if size < disk.size:
            raise bad_request(f"a disk can only grow: it has {disk.size:g} GiB", size="less than now")

    def check_removable(self, disk: Disk) -> None:
        """Refuse to delete an attached or protected disk. Raises a 400."""
        refuse_protected(disk)
        if disk.vm:
            raise bad_request(f"disk '{disk.id}' is attached to vm '{disk.vm}'")

    async def remove(self, disk: Disk) -> None:
        """Remove the disk and its content."""
        self._store.remove(disk)
        self._events.forget(disk)
        await in_thread(remove_tree, self.folder(disk))


def fresh_folder(folder: Path) -> None:
    """Make `folder` an empty one."""
    remove_tree(folder)
    folder.mkdir(parents=True)


def remove_trees(folders: list[Path]) -> None:
    """As `remove_tree` for many folders, several at once; a task for each would cost as much again in collections."""
    with ThreadPoolExecutor(REMOVED_AT_ONCE) as pool:
        list(pool.map(_remove_each, [folders[first::REMOVED_AT_ONCE] for first in range(REMOVED_AT_ONCE)]))


def _remove_each(folders: list[Path]) -> None:
    for folder in folders:
        remove_tree(folder)


def remove_tree(folder: Path) -> None:
    """Remove a folder with everything in it, however deep, also where permissions were taken from its owner."""
    if not folder.exists():
        return
    try:
        shutil.rmtree(folder)
    except (OSError, RecursionError):
        subprocess.run(["chmod", "-R", "u+rwx", "--", folder], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", "--", folder], check=True, capture_output=True)
