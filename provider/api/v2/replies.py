"""From v2's replies to records; references are paths, ids or names, of which the last segment counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.api.decoding import Json, as_mapping, items, number, reference, text
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
from pulumi_hyperone.provider.api.v2.places import last_segment

WORKING = "Processing"
"""The state of an object that the cloud works on before it exists (v2 facts 6)."""


def event(raw: Json) -> Event:
    """An entry of an object's history (v2 facts 1.2), which has no stages."""
    return Event(
        id=text(raw.get("id")),
        name=text(raw.get("name")),
        state=text(raw.get("state")),
        at=text(raw.get("createdOn")),
    )


def _shared(raw: Json) -> dict[str, Any]:
    """The fields of every object (v2 facts 1.4, 1.7)."""
    state = text(raw.get("state"))
    return {
        "id": text(raw.get("id")),
        "name": text(raw.get("name")),
        "state": state,
        "processing": state == WORKING,
        "created_on": text(raw.get("createdOn")),
        "tags": {
            text(tag.get("key")): text(tag.get("value")) for tag in items(raw.get("tag")) if isinstance(tag, Mapping)
        },
    }


def _referred(value: object) -> str:
    return last_segment(reference(value))


def vm(raw: Json) -> Vm:
    """A VM (v2 facts 3.1); what it was started from is not told."""
    return Vm(**_shared(raw))


def disk(raw: Json) -> Disk:
    """A disk (v2 facts 3.2)."""
    return Disk(**_shared(raw), size=number(raw.get("size")), vm=_referred(raw.get("vm")))


def plug(raw: Json) -> Plug:
    """A disk of a VM; on which controller it is, is not told (v2 facts 3.1)."""
    return Plug(disk_id=text(raw.get("id")), disk_name=text(raw.get("name")))


def image(raw: Json) -> Image:
    """An image (v2 facts 3.3); with whom it is shared is not told."""
    return Image(**_shared(raw), description=text(raw.get("description")), size=number(raw.get("size")) or 0)


def ip(raw: Json) -> Ip:
    """An address (v2 facts 3.4)."""
    associated = as_mapping(raw.get("associated"))
    return Ip(
        **_shared(raw),
        address=text(raw.get("address")),
        network=_referred(raw.get("network")),
        associated_ip=_referred(associated.get("ip")),
        associated_netadp=_referred(associated.get("netadp")),
    )


def netadp(raw: Json) -> Netadp:
    """An adapter without its addresses, which are listed by themselves (v2 facts 3.4)."""
    return Netadp(**_shared(raw), assigned_id=_referred(raw.get("assigned")))


def network(raw: Json) -> Network:
    """A network (v2 facts 3.4)."""
    return Network(
        **_shared(raw),
        address=text(raw.get("address")),
        gateway=text(raw.get("gateway")),
        type=text(raw.get("type")),
    )


def service(raw: Json) -> Service:
    """An entry of the price list (v2 facts 3.5); `resource` is a noun with its namespace: compute/vm."""
    return Service(**_shared(raw), resource=text(raw.get("resource")).rpartition("/")[2])


def project(raw: Json) -> Project:
    """A project (v2 facts 3.5)."""
    return Project(**_shared(raw))


def ssh_key(raw: Json) -> SshKey:
    """A stored public key (v2 facts 3.5)."""
    return SshKey(**_shared(raw))
