"""What to create, in our words; each generation of the API spells it in its own way.

`tags` are all tags of the new object. Services, images, networks and keys are ids or names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class NewDisk:
    """A disk that comes with a VM; `size` in GiB."""

    service: str
    size: float
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """The adapter of a new VM: private in `network`, else public of the type `public_service` (v1 has such types).

    `ip` is an id or address that it is to have; without it the cloud chooses.
    """

    network: str | None = None
    ip: str | None = None
    public_service: str | None = None


@dataclass(frozen=True, kw_only=True)
class VmSpec:
    """A VM with new disks from `image`, or on disks that exist (ids); the first disk is the system's.

    `user_data` is base64. With `start` False the VM stays off.
    """

    name: str
    service: str
    tags: Mapping[str, str] = field(default_factory=dict)
    ssh_keys: tuple[str, ...] = ()
    image: str | None = None
    username: str | None = None
    user_data: str | None = None
    new_disks: tuple[NewDisk, ...] = ()
    existing_disks: tuple[str, ...] = ()
    adapter: Adapter | None = None
    start: bool = True


@dataclass(frozen=True, kw_only=True)
class DiskSpec:
    """A disk that is not plugged in; `size` in GiB."""

    name: str
    service: str
    size: float
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ImageSpec:
    """An image of the VM with the id `vm`."""

    name: str
    vm: str
    service: str | None = None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def said(**fields: Any) -> dict[str, Any]:
    """The fields of a request body; what is None is left out, so that the cloud's default holds."""
    return {name: value for name, value in fields.items() if value is not None}
