"""From specs to v1's request bodies."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.provider.api.specs import Adapter, DiskSpec, ImageSpec, NewDisk, VmSpec, said

PRIVATE_ADAPTER = "private"


def vm(spec: VmSpec) -> dict[str, Any]:
    """POST /vm (API facts 2.1.1)."""
    disks: list[dict[str, Any]] = [{"id": disk} for disk in spec.existing_disks]
    return said(
        name=spec.name,
        service=spec.service,
        image=spec.image,
        username=spec.username,
        sshKeys=list(spec.ssh_keys),
        userMetadata=spec.user_data or None,
        disk=[*disks, *(_disk(disk) for disk in spec.new_disks)],
        netadp=[_netadp(spec.adapter)] if spec.adapter else None,
        boot=None if spec.start else False,
        tag=dict(spec.tags),
    )


def _disk(disk: NewDisk) -> dict[str, Any]:
    return said(service=disk.service, size=disk.size, name=disk.name)


def _netadp(adapter: Adapter) -> dict[str, Any]:
    service = PRIVATE_ADAPTER if adapter.network else adapter.public_service
    return said(service=service, network=adapter.network or None, ip=[adapter.ip] if adapter.ip else None)


def disk(spec: DiskSpec) -> dict[str, Any]:
    """POST /disk (API facts 2.2)."""
    return said(name=spec.name, service=spec.service, size=spec.size, tag=dict(spec.tags))


def image(spec: ImageSpec) -> dict[str, Any]:
    """POST /image (API facts 2.3)."""
    return said(name=spec.name, vm=spec.vm, service=spec.service, description=spec.description, tag=dict(spec.tags))
