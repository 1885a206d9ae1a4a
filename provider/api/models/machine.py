"""Machines and their disks (API facts 2.1, 2.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from pulumi_hyperone.provider.api.decoding import Json, as_mapping, number, reference, text
from pulumi_hyperone.provider.api.models.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Vm(Resource):
    """A virtual machine. `memory` is in GiB; states are listed in API facts 2.1.1 (Running, Off, Starting, …)."""

    fqdn: str = ""
    cpu: float | None = None
    memory: float | None = None
    username: str = ""
    source_image_id: str = ""
    source_image_name: str = ""
    user_metadata: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a VM."""
        image = raw.get("sourceImage")
        return super().fields_from(raw) | {
            "fqdn": text(raw.get("fqdn")),
            "cpu": number(raw.get("cpu")),
            "memory": number(raw.get("memory")),
            "username": text(as_mapping(raw.get("data")).get("username")),
            "source_image_id": reference(image),
            "source_image_name": text(as_mapping(image).get("name")),
            "user_metadata": text(raw.get("userMetadata")),
        }


@dataclass(frozen=True, kw_only=True)
class Disk(Resource):
    """A disk: `size` in GiB, `vm` the id of the VM it is attached to or empty, states as in API facts 2.2."""

    type: str = ""
    size: float | None = None
    vm: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a disk."""
        return super().fields_from(raw) | {
            "type": text(raw.get("type")),
            "size": number(raw.get("size")),
            "vm": reference(raw.get("vm")),
        }


@dataclass(frozen=True, kw_only=True)
class Hdd:
    """Where a disk is plugged into a VM: controller GUID as sent, and LUN (API facts 2.1.2). `disk_size` in GiB."""

    id: str
    disk_id: str
    disk_name: str = ""
    disk_type: str = ""
    disk_size: float | None = None
    controller_type: str = ""
    controller_number: str = ""
    controller_location: int | None = None

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read an hdd entry; the disk may be an object or a plain id, the controller number a text or a number."""
        disk = raw.get("disk")
        details = as_mapping(disk)
        location = number(raw.get("controllerLocation"))
        return cls(
            id=reference(raw),
            disk_id=reference(disk),
            disk_name=text(details.get("name")),
            disk_type=text(details.get("type")),
            disk_size=number(details.get("size")),
            controller_type=text(raw.get("controllerType")),
            controller_number=text(raw.get("controllerNumber")),
            controller_location=None if location is None else int(location),
        )
