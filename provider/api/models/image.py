"""Images (API facts 2.3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from pulumi_hyperone.provider.api.decoding import Json, as_mapping, items, number, reference, text
from pulumi_hyperone.provider.api.models.resource import Resource


@dataclass(frozen=True, kw_only=True)
class ImageDisk:
    """One disk inside an image. `size` in GiB, `file_size` as the API sends it."""

    id: str = ""
    name: str = ""
    type: str = ""
    size: float | None = None
    file_size: float | None = None

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read an image disk."""
        disk = raw.get("disk")
        return cls(
            id=reference(disk),
            name=text(as_mapping(disk).get("name")),
            type=text(raw.get("type")),
            size=number(raw.get("size")),
            file_size=number(raw.get("fileSize")),
        )


@dataclass(frozen=True, kw_only=True)
class Image(Resource):
    """An image; `state` is Online once it can be used (API facts 2.3). `file_size` is as the API sends it."""

    description: str = ""
    file_size: float | None = None
    disks: tuple[ImageDisk, ...] = ()
    licenses: tuple[str, ...] = ()

    @property
    def size(self) -> float:
        """GiB that a disk made from it needs at least: the sizes of its disks."""
        return sum(disk.size or 0 for disk in self.disks)

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read an image."""
        return super().fields_from(raw) | {
            "description": text(raw.get("description")),
            "file_size": number(raw.get("fileSize")),
            "disks": tuple(ImageDisk.from_json(disk) for disk in items(raw.get("disks")) if isinstance(disk, Mapping)),
            "licenses": tuple(reference(entry) for entry in items(raw.get("license"))),
        }
