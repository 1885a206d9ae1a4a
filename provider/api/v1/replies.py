"""From v1's replies to records, tolerant of the variants that API facts 1.2 and 5 list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.api.decoding import Json, as_mapping, items, number, reference, tags, text
from pulumi_hyperone.provider.api.records import (
    Disk,
    Event,
    Image,
    Ip,
    Netadp,
    Network,
    Plug,
    Project,
    Service,
    SshKey,
    Vm,
)


def event(raw: Json) -> Event:
    """An entry of an object's queue (API facts 1.3); `stage` may be a text or an object."""
    stage = raw.get("stage")
    return Event(
        id=reference(raw),
        name=text(raw.get("name")),
        state=text(raw.get("state")),
        stage=json.dumps(stage) if isinstance(stage, Mapping) else text(stage),
        at=text(raw.get("queued")),
    )


def _shared(raw: Json) -> dict[str, Any]:
    """The fields of every object (API facts 1.2)."""
    return {
        "id": reference(raw),
        "name": text(raw.get("name")),
        "state": text(raw.get("state")),
        "processing": raw.get("processing") is True,
        "created": raw.get("created") is not False,
        "created_on": text(raw.get("createdOn")),
        "tags": tags(raw.get("tag")),
        "events": tuple(event(entry) for entry in items(raw.get("queue")) if isinstance(entry, Mapping)),
    }


def vm(raw: Json) -> Vm:
    """A VM (API facts 2.1.1)."""
    return Vm(**_shared(raw), source_image_id=reference(raw.get("sourceImage")))


def disk(raw: Json) -> Disk:
    """A disk (API facts 2.2)."""
    return Disk(**_shared(raw), size=number(raw.get("size")), vm=reference(raw.get("vm")))


def plug(raw: Json) -> Plug:
    """An hdd entry (API facts 2.1.2); the disk may be an object or a plain id, the controller number a text or not."""
    location = number(raw.get("controllerLocation"))
    return Plug(
        disk_id=reference(raw.get("disk")),
        disk_name=text(as_mapping(raw.get("disk")).get("name")),
        controller_number=text(raw.get("controllerNumber")),
        controller_location=None if location is None else int(location),
    )


def image(raw: Json) -> Image:
    """An image (API facts 2.3); it is shared when its access rights name another project than its own."""
    disks = [entry for entry in items(raw.get("disks")) if isinstance(entry, Mapping)]
    rights = {text(right) for right in items(raw.get("accessRights"))} - {""}
    return Image(
        **_shared(raw),
        description=text(raw.get("description")),
        size=sum(number(entry.get("size")) or 0 for entry in disks),
        system_disk=next((number(entry.get("size")) or 0 for entry in disks), 0),
        shared=bool(rights - {reference(raw.get("project"))}),
        access_rights=frozenset(rights),
    )


def ip(raw: Json) -> Ip:
    """An address (API facts 2.4); `network` may be an id or an object."""
    associated = as_mapping(raw.get("associated"))
    return Ip(
        **_shared(raw),
        address=text(raw.get("address")),
        network=reference(raw.get("network")),
        associated_ip=reference(associated.get("ip")),
        associated_netadp=reference(associated.get("netadp")),
    )


def netadp(raw: Json) -> Netadp:
    """An adapter; its addresses are a list or a single one, each an object or dotted (API facts 5 #13)."""
    found = raw.get("ip")
    entries = found if isinstance(found, list) else [found]
    return Netadp(
        **_shared(raw),
        ips=tuple(
            ip(entry) if isinstance(entry, Mapping) else Ip(id=text(entry), address=text(entry))
            for entry in entries
            if entry
        ),
        assigned_id=reference(raw.get("assigned")),
    )


def network(raw: Json) -> Network:
    """A network (API facts 2.4)."""
    return Network(
        **_shared(raw),
        address=text(raw.get("address")),
        gateway=text(raw.get("gateway")),
        type=text(raw.get("type")),
    )


def service(raw: Json) -> Service:
    """An entry of the price list (API facts 2.5)."""
    return Service(**_shared(raw), resource=text(raw.get("resource")))


def project(raw: Json) -> Project:
    """A project (API facts 2.5)."""
    return Project(**_shared(raw))


def ssh_key(raw: Json) -> SshKey:
    """A stored public key (API facts 2.5)."""
    return SshKey(**_shared(raw))
