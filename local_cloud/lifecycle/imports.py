"""Images from files: a disk of any format that QEMU knows (kind vm), or a tar of a tree (kind sandbox)."""

from __future__ import annotations

import asyncio
import json
import tarfile
from pathlib import Path
from typing import Any

from pulumi_hyperone.local_cloud.lifecycle.disks import fresh_folder, remove_tree
from pulumi_hyperone.local_cloud.lifecycle.events import Events
from pulumi_hyperone.local_cloud.lifecycle.images import ImageLife, used_bytes
from pulumi_hyperone.local_cloud.lifecycle.parts import Parts
from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError
from pulumi_hyperone.local_cloud.machines.sandbox.disk import ROOTFS, WRITABLE
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Image, ImageDisk

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
        if not file.is_file():
            raise MachineError(f"no such file: {file}")
        is_tar = await asyncio.to_thread(tarfile.is_tarfile, file)
        image = _new_image(name, "sandbox" if is_tar else "vm")
        target = self._images.folder(image) / "0"
        await asyncio.to_thread(fresh_folder, target)
        try:
            size = await (self._unpack(file, target) if is_tar else self._convert(file, target))
        except BaseException:
            await asyncio.to_thread(remove_tree, self._images.folder(image))
            raise
        image.disks = [ImageDisk(type="ssd", size=size, file_size=used_bytes(target), disk_name="os")]
        image.file_size = image.disks[0].file_size
        image.description = _description(name, size)
        self._store.save(image)
        self._events.add(image, "create", image.created_by)
        return image

    async def _unpack(self, file: Path, target: Path) -> float:
        await self._kinds.get("sandbox").make_disk(DiskRef("import", target, 1), None)
        await asyncio.to_thread(_extract, file, target / ROOTFS)
        return 1

    async def _convert(self, file: Path, target: Path) -> float:
        machines: Any = self._kinds.get("vm")
        await machines.import_image(file, target)
        largest = max((one.stat().st_size for one in target.rglob("*") if one.is_file()), default=0)
        return max(1, -(-largest // GIB))


def _new_image(name: str, kind: str) -> Image:
    return Image(
        name=name,
        project=catalog.CATALOG_PROJECT,
        service=catalog.IMAGE_SERVICE,
        flavour="image",
        kind=kind,
        state="Online",
        created=True,
        created_by=catalog.CATALOG_AUTHOR,
        modified_by=catalog.CATALOG_AUTHOR,
        access_rights=["*"],
        recommended=True,
    )


def _description(name: str, size: float) -> str:
    distro, _, release = name.partition("-")
    recommended = {"disk": {"service": "ssd", "size": max(size, 10)}, "vm_service": {"type": "a1.nano"}}
    facts = {"arch": "x86_64", "distro": distro, "release": release, "edition": "server", "codename": name}
    return json.dumps({**facts, "recommended": recommended})


def _extract(file: Path, rootfs: Path) -> None:
    """Unpack the writable folders of a tree; anything else in the tar, and what points outside, is refused."""
    with tarfile.open(file) as archive:
        for member in archive:
            parts = [part for part in Path(member.name).parts if part != "."]
            if not parts or (len(parts) == 1 and member.isdir()):
                continue
            if parts[0] not in WRITABLE:
                raise MachineError(f"{member.name}: a sandbox image has only the folders {', '.join(WRITABLE)}")
            try:
                archive.extract(member, rootfs, filter="tar")
            except (tarfile.TarError, OSError) as error:
                raise MachineError(f"{member.name} cannot be unpacked: {error}") from error
