"""What the cloud holds, in our words: the same for both generations of the API, which read their replies into these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """The states that builds wait for; the cloud has more, so a record's `state` is a text."""

    RUNNING = "Running"
    OFF = "Off"
    DETACHED = "Detached"
    ONLINE = "Online"
    ASSOCIATED = "Associated"


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of an object's history: `state` goes pending → processing → finished or error. `at` is RFC 3339."""

    id: str
    name: str = ""
    state: str = ""
    stage: str = ""
    at: str = ""


@dataclass(frozen=True, kw_only=True)
class Resource:
    """What all objects share. `created_on` is RFC 3339 UTC; `processing` says that the cloud works on it.

    `created` becomes true when its create event has ended well; None where the API does not tell (v2).
    """

    id: str
    name: str = ""
    state: str = ""
    processing: bool = False
    created: bool | None = None
    created_on: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Vm(Resource):
    """A virtual machine. `source_image_id` is empty where the API does not tell it (v2)."""

    source_image_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Disk(Resource):
    """A disk: `size` in GiB, `vm` the id of the VM that it is plugged into, or empty."""

    size: float | None = None
    vm: str = ""


@dataclass(frozen=True, kw_only=True)
class Plug:
    """A disk that is plugged into a VM. Controller and location are those that v1 tells; None under v2."""

    disk_id: str
    disk_name: str = ""
    controller_number: str | None = None
    controller_location: int | None = None


@dataclass(frozen=True, kw_only=True)
class Image(Resource):
    """An image; `size` is the GiB of its disks, `system_disk` of the first. `shared`: other projects may use it.

    `access_rights` are ids of projects, or `*`, that may use it; empty where the API has none (v2).
    """

    description: str = ""
    size: float = 0
    system_disk: float = 0
    shared: bool = False
    access_rights: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Ip(Resource):
    """An address. `network` is an id; `associated_ip` the id of the private side of a public address."""

    address: str = ""
    network: str = ""
    associated_ip: str = ""
    associated_netadp: str = ""


@dataclass(frozen=True, kw_only=True)
class Netadp(Resource):
    """A network adapter with its addresses; `assigned_id` is the VM's id."""

    ips: tuple[Ip, ...] = ()
    assigned_id: str = ""


@dataclass(frozen=True, kw_only=True)
class Network(Resource):
    """A network: `address` is its CIDR, `type` public or private."""

    address: str = ""
    gateway: str = ""
    type: str = ""


@dataclass(frozen=True, kw_only=True)
class Service(Resource):
    """An entry of the price list, such as a VM type; `resource` is the noun that it is for: vm, disk, netadp, image."""

    resource: str = ""


class Project(Resource):
    """A project: state Active, Inactive or Limited."""


class SshKey(Resource):
    """A public key stored with a project or a user."""
