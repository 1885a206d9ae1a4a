"""Images: the catalog's, imported ones, and those made from VMs (API facts 2.3)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.lifecycle.disks import DiskLife, fresh_folder, remove_tree
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.lifecycle.networks import refuse_protected
from pulumi_hyperone.local_cloud.lifecycle.parts import Parts
from pulumi_hyperone.local_cloud.machines.threads import in_thread
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Disk, Image, ImageDisk, Vm
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request


class ImageLife:
    """Everything about images."""

    def __init__(self, parts: Parts, disks: DiskLife) -> None:
        self._home = parts.home
        self._store = parts.store
        self._events = parts.events
        self._kinds = parts.kinds
        self._disks = disks
        self._readers: Counter[str] = Counter()
        self._builds = asyncio.Lock()
        self._waiting: list[Report] = []

    def folder(self, image: Image) -> Path:
        """Where the image's disks are."""
        if image.catalog:
            return self._home.images / image.name
        return self._home.images / image.id

    def disk_folder(self, image: Image, number: int) -> Path | None:
        """The folder of one image disk; None for a blank one."""
        if image.catalog:
            return None if image.kind == "sandbox" else self.folder(image)
        return self.folder(image) / str(number)

    @asynccontextmanager
    async def reading(self, image: Image) -> Any:
        """While inside, the image cannot be deleted."""
        self._readers[image.id] += 1
        try:
            yield
        finally:
            self._readers[image.id] -= 1

    def is_built(self, image: Image) -> bool:
        """Whether the image's content is there."""
        return not image.catalog or image.kind == "sandbox" or self.folder(image).exists()

    async def ensure_built(self, image: Image, report: Report) -> None:
        """Build a catalog image's disk on first use (the VM kind keeps what it built for all homes of the user).

        `report` gets one line per stage, also where somebody else began the build. Raises MachineError.
        """
        if self.is_built(image):
            return
        report(f"waiting for the build of image {image.name}")
        self._waiting.append(report)
        try:
            async with self._builds:
                if not self.is_built(image):
                    await self._build(image)
        finally:
            self._waiting.remove(report)

    async def _build(self, image: Image) -> None:
        target = self.folder(image)
        draft = target.with_name(image.name + ".part")
        await in_thread(fresh_folder, draft)
        machines: Any = self._kinds.get(image.kind)
        build: Callable[..., Awaitable[object]] = machines.build_image
        await build(image.name, draft, self._tell)
        draft.replace(target)
        image.disks[0].file_size = image.file_size = await in_thread(used_bytes, target)
        self._store.save(image)

    def _tell(self, line: str) -> None:
        for report in self._waiting:
            report(f"building image: {line}")

    def plan(self, caller: Caller, vm: Vm, *, name: str, description: str, service: str, tag: dict[str, str]) -> Image:
        """An image of a VM, not stored yet. Raises ApiError."""
        flavour = catalog.find_service(service, "image")
        if vm.state not in ("Running", "Off"):
            raise bad_request(f"vm '{vm.id}' is {vm.state}: an image is made from a Running or Off one")
        if not vm.slots:
            raise bad_request(f"vm '{vm.id}' has no disks")
        return Image(
            **caller.made(flavour),
            name=name,
            kind=vm.kind,
            description=description,
            tag=tag,
        )

    async def capture(self, image: Image, vm: Vm, disks: list[Disk], report: Report) -> None:
        """Copy the VM's disks into the image, all as they are at one time. Raises MachineError."""
        async with self._kinds.get(vm.kind).paused(vm.id):
            for number, disk in enumerate(disks):
                report(f"copying disk {number + 1} of {len(disks)}")
                await self._copy(image, vm, number, disk)
        image.file_size = sum(one.file_size for one in image.disks)
        image.state = "Online"

    async def _copy(self, image: Image, vm: Vm, number: int, disk: Disk) -> None:
        target = self.folder(image) / str(number)
        await in_thread(fresh_folder, target)
        size = await self._kinds.get(vm.kind).capture(self._disks.ref(disk), target)
        image.disks.append(
            ImageDisk(
                type=disk.flavour,
                size=disk.size,
                file_size=size,
                location=vm.slots[disk.id],
                disk_id=disk.id,
                disk_name=disk.name,
            )
        )

    def check_removable(self, image: Image) -> None:
        """Refuse to delete a catalog, protected or just used image. Raises ApiError."""
        refuse_protected(image)
        if image.catalog:
            raise ApiError(403, f"image '{image.name}' belongs to the catalog")
        if self._readers[image.id]:
            raise bad_request(f"image '{image.id}' is processing: a vm is being made from it")

    async def remove(self, image: Image) -> None:
        """Remove the image and its content."""
        self._store.remove(image)
        self._events.forget(image)
        await in_thread(remove_tree, self.folder(image))


def used_bytes(folder: Path) -> int:
    """The bytes that the files under a folder take on the host."""
    files = [one for one in folder.rglob("*") if one.is_file() and not one.is_symlink()]
    return sum(one.stat().st_blocks * 512 for one in files)
