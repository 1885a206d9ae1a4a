"""What the API answers, as frozen dataclasses: with `bodies.py` the only place with the API's spelling.

Unknown keys are ignored; ids fall back to the deprecated `_id`; the variants of API facts 1.2 and 5 (strings for
objects, missing lists, numbers as texts) are tolerated, since replies differ between generations of the API.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from provider.api.decoding import Json, as_mapping, items, number, reference, tags, text


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of an object's queue: state goes pending → processing → finished or error (API facts 1.3)."""

    id: str
    name: str = ""
    state: str = ""
    stage: str = ""
    queued: str = ""

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read an event; `stage` may be a text or an object."""
        stage = raw.get("stage")
        return cls(
            id=reference(raw),
            name=text(raw.get("name")),
            state=text(raw.get("state")),
            stage=json.dumps(stage) if isinstance(stage, Mapping) else text(stage),
            queued=text(raw.get("queued")),
        )


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The fields that every object of the cloud shares. `created_on` is RFC 3339 UTC as the API sends it."""

    id: str
    name: str = ""
    state: str = ""
    processing: bool = False
    flavour: str = ""
    project: str = ""
    created_on: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    access_rights: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one object of a reply."""
        return cls(**cls.fields_from(raw))

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read the shared fields; nouns add their own."""
        return {
            "id": reference(raw),
            "name": text(raw.get("name")),
            "state": text(raw.get("state")),
            "processing": raw.get("processing") is True,
            "flavour": text(raw.get("flavour")),
            "project": reference(raw.get("project")),
            "created_on": text(raw.get("createdOn")),
            "tags": tags(raw.get("tag")),
            "access_rights": tuple(text(right) for right in items(raw.get("accessRights"))),
            "events": tuple(Event.from_json(event) for event in items(raw.get("queue")) if isinstance(event, Mapping)),
        }


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


@dataclass(frozen=True, kw_only=True)
class Ip(Resource):
    """An address. `associated_ip` is the private side of a public one; states Associated, Allocated, Unallocated."""

    address: str = ""
    fqdn: str = ""
    network: str = ""
    persistent: bool | None = None
    ptr_record: str = ""
    associated_ip: str = ""
    associated_fip: str = ""
    associated_netadp: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read an address; `network` may be an id or an object."""
        associated = as_mapping(raw.get("associated"))
        persistent = raw.get("persistent")
        return super().fields_from(raw) | {
            "address": text(raw.get("address")),
            "fqdn": text(raw.get("fqdn")),
            "network": reference(raw.get("network")),
            "persistent": persistent if isinstance(persistent, bool) else None,
            "ptr_record": text(raw.get("ptrRecord")),
            "associated_ip": reference(associated.get("ip")),
            "associated_fip": reference(associated.get("fip")),
            "associated_netadp": reference(associated.get("netadp")),
        }


def _adapter_ips(value: object) -> tuple[Ip, ...]:
    """Addresses of an adapter: a list or a single one, each an object or a plain dotted address (API facts 5 #13)."""
    found = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(
        Ip.from_json(ip) if isinstance(ip, Mapping) else Ip(id=text(ip), address=text(ip)) for ip in found if ip
    )


@dataclass(frozen=True, kw_only=True)
class Netadp(Resource):
    """A network adapter with its addresses; `network_type` tells public from private."""

    mac_address: str = ""
    network: str = ""
    network_name: str = ""
    network_type: str = ""
    ips: tuple[Ip, ...] = ()
    assigned_id: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read an adapter; `network` is an object in this generation, an id elsewhere."""
        network = raw.get("network")
        return super().fields_from(raw) | {
            "mac_address": text(raw.get("macaddress")),
            "network": reference(network),
            "network_name": text(as_mapping(network).get("name")),
            "network_type": text(as_mapping(network).get("type")),
            "ips": _adapter_ips(raw.get("ip")),
            "assigned_id": reference(raw.get("assigned")),
        }


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


@dataclass(frozen=True, kw_only=True)
class Network(Resource):
    """A network: `address` is its CIDR, `type` public or private."""

    address: str = ""
    gateway: str = ""
    type: str = ""
    nameservers: tuple[str, ...] = ()

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a network."""
        return super().fields_from(raw) | {
            "address": text(raw.get("address")),
            "gateway": text(raw.get("gateway")),
            "type": text(raw.get("type")),
            "nameservers": tuple(text(server) for server in items(as_mapping(raw.get("dns")).get("nameservers"))),
        }


@dataclass(frozen=True, kw_only=True)
class Service(Resource):
    """A price-list entry: `resource` vm, disk, netadp, image…; `type` flavour…; `data` holds its limits."""

    resource: str = ""
    type: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    prices: Mapping[str, float] = field(default_factory=dict)
    price_period: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a service; `data` is an object on the wire, a text in the specification."""
        billing = as_mapping(raw.get("billing"))
        prices = {key: number(value) for key, value in as_mapping(billing.get("price")).items()}
        return super().fields_from(raw) | {
            "resource": text(raw.get("resource")),
            "type": text(raw.get("type")),
            "data": dict(as_mapping(raw.get("data"))),
            "prices": {key: value for key, value in prices.items() if value is not None},
            "price_period": text(billing.get("period")),
        }


@dataclass(frozen=True, kw_only=True)
class Project(Resource):
    """A project: state Active, Inactive or Limited."""

    organisation: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a project."""
        return super().fields_from(raw) | {"organisation": reference(raw.get("organisation"))}


@dataclass(frozen=True, kw_only=True)
class SshKey(Resource):
    """An SSH key stored with a project or a user; `value` is the public key line."""

    type: str = ""
    fingerprint: str = ""
    value: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a stored key."""
        return super().fields_from(raw) | {
            "type": text(raw.get("type")),
            "fingerprint": text(raw.get("fingerprint")),
            "value": text(raw.get("value")),
        }
