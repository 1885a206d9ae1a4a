"""Bodies of create calls, as frozen dataclasses: with `models` the only place with the API's spelling.

A field that is None is left out of the body. References are ids or names.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

_SPELLING = {
    "ssh_keys": "sshKeys",
    "user_metadata": "userMetadata",
    "disks": "disk",
    "netadps": "netadp",
    "ips": "ip",
    "tags": "tag",
    "ptr_record": "ptrRecord",
}


@dataclass(frozen=True, kw_only=True)
class Body:
    """Something that can be sent; `tags` of a create body are merged with the identity tags of the call."""

    def to_json(self) -> dict[str, Any]:
        """Spell the body as the API does."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {_SPELLING.get(name, name): _plain(value) for name, value in found.items() if value is not None}


def _plain(value: object) -> object:
    if isinstance(value, Body):
        return value.to_json()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


@dataclass(frozen=True, kw_only=True)
class VmDiskBody(Body):
    """A disk of a new VM: an existing one by `id`, or a new one of `service` with `size` in GiB."""

    id: str | None = None
    service: str | None = None
    size: float | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class VmNetadpBody(Body):
    """An adapter of a new VM; `ips` are addresses or ids."""

    service: str
    network: str | None = None
    ips: Sequence[str] | None = None


@dataclass(frozen=True, kw_only=True)
class VmBody(Body):
    """POST /vm (API facts 2.1.1). `user_metadata` is base64; `boot=False` leaves the VM off; `disks[0]` is the OS disk.

    `netadps=None` gives one public adapter with an automatic address.
    """

    name: str
    service: str
    image: str | None = None
    username: str | None = None
    ssh_keys: Sequence[str] | None = None
    user_metadata: str | None = None
    disks: Sequence[VmDiskBody] | None = None
    netadps: Sequence[VmNetadpBody] | None = None
    boot: bool | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class DiskBody(Body):
    """POST /disk; `size` in GiB, `source` a disk to clone."""

    service: str
    name: str | None = None
    size: float | None = None
    source: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class ImageBody(Body):
    """POST /image: an image of the VM `vm`."""

    name: str
    vm: str
    service: str | None = None
    description: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class IpBody(Body):
    """POST /ip: with `network` a private address in it, without a public one."""

    network: str | None = None
    address: str | None = None
    ptr_record: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class NetworkBody(Body):
    """POST /network; `address` is a CIDR, chosen by the cloud when absent; `gateway` needs it."""

    name: str
    address: str | None = None
    gateway: str | None = None
    tags: Mapping[str, str] | None = None
