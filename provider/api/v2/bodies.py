"""From specs to v2's request bodies.

References come as `places.uri` makes them: paths where the id is known, else the name that the user gave.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.api.specs import DiskSpec, ImageSpec, NewDisk, VmSpec, said
from pulumi_hyperone.provider.api.v2.places import service_uri


def vm(spec: VmSpec, *, image: str | None, netadp: dict[str, Any] | None) -> dict[str, Any]:
    """POST …/vm (v2 facts 3.1); disks that exist are attached afterwards."""
    return said(
        name=spec.name,
        service=service_uri(spec.service),
        image=image,
        username=spec.username,
        credential=[{"type": "ssh", "value": key} for key in spec.ssh_keys] or None,
        userMetadata=spec.user_data or None,
        start=None if spec.start else False,
        disk=[_disk(disk, f"{spec.name}-{number}") for number, disk in enumerate(spec.new_disks)] or None,
        netadp=[netadp] if netadp else None,
        tag=_tags(spec.tags),
    )


def _disk(disk: NewDisk, name: str) -> dict[str, Any]:
    """A new disk; v2 wants a name for it."""
    return {"name": disk.name or name, "service": service_uri(disk.service), "size": disk.size}


def netadp(network: str, ip: str | None) -> dict[str, Any]:
    """The adapter of a new VM, which always says its network."""
    return said(network=network, ip=[ip] if ip else None)


def disk(spec: DiskSpec) -> dict[str, Any]:
    """POST …/disk (v2 facts 3.2)."""
    return said(name=spec.name, service=service_uri(spec.service), size=spec.size, tag=_tags(spec.tags))


def image(spec: ImageSpec, vm: str) -> dict[str, Any]:
    """POST …/image (v2 facts 3.3)."""
    service = service_uri(spec.service) if spec.service else None
    return said(name=spec.name, vm=vm, service=service, description=spec.description, tag=_tags(spec.tags))


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in tags.items()]
