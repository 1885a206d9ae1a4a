"""Images from files: a disk (kind vm) or a tar of a tree (kind sandbox), told apart by their content."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import IO, Any

from pulumi_hyperone.local_cloud.lifecycle.disks import fresh_folder, remove_tree
from pulumi_hyperone.local_cloud.lifecycle.events import Events
from pulumi_hyperone.local_cloud.lifecycle.images import ImageLife
from pulumi_hyperone.local_cloud.lifecycle.parts import Parts
from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.sandbox.tar import is_tar
from pulumi_hyperone.local_cloud.machines.threads import in_thread
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Image, ImageDisk
from pulumi_hyperone.local_cloud.state.refusals import shown

GIB = 1024**3


class ImageImports:
    """Makes source images of files on this host."""

    def __init__(self, parts: Parts, images: ImageLife) -> None:
        self._store = parts.store
        self._events: Events = parts.events
        self._kinds = parts.kinds
        self._images = images

    async def add(self, name: str, file: Path) -> Image:
        """Import `file` as a recommended image; its kind follows from the file. Raises MachineError."""
        try:
            # Opened once and not by name again, so that nobody can put another file there in between.
            opened = open(file, "rb", opener=_without_waiting)  # noqa: SIM115 - closed below
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise MachineError(f"{shown(str(file))} cannot be read: {reason}") from error
        with opened:
            if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
                raise MachineError(f"{shown(str(file))} is not a file")
            return await self._add(name, opened)

    async def _add(self, name: str, file: IO[bytes]) -> Image:
        kind = "sandbox" if await in_thread(is_tar, file) else "vm"
        service = catalog.IMAGE_SERVICE
        image = Image(
            **catalog.OF_THE_CATALOG, name=name, service=service, flavour="image", kind=kind, recommended=True
        )
        machines: Any = self._kinds.get(kind)
        target = self._images.folder(image) / "0"
        await in_thread(fresh_folder, target)
        try:
            used = await machines.import_image(file, target)
        except BaseException:
            await in_thread(remove_tree, self._images.folder(image))
            raise
        size = 1 if kind == "sandbox" else await in_thread(_size_in_gib, target)
        image.disks = [ImageDisk(type="ssd", size=size, file_size=used, disk_name="os")]
        image.file_size = used
        distro, _, release = name.partition("-")
        image.description = catalog.image_description(
            kind, distro=distro, release=release, codename=name, disk_size=max(size, 10)
        )
        self._store.save(image)
        self._events.add(image, "create", image.created_by)
        return image


def _without_waiting(path: str, flags: int) -> int:
    """Opens a pipe that nobody writes to as well, instead of waiting for a writer."""
    return os.open(path, flags | os.O_NONBLOCK)


def _size_in_gib(folder: Path) -> int:
    largest = max((one.stat().st_size for one in folder.rglob("*") if one.is_file()), default=0)
    return max(1, -(-largest // GIB))
