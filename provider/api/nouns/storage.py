"""Disks and images."""

from __future__ import annotations

from typing import ClassVar

from pulumi_hyperone.provider.api.http.collection import Creatable
from pulumi_hyperone.provider.api.records import Disk, Image
from pulumi_hyperone.provider.api.specs import DiskSpec, ImageSpec


class Disks(Creatable[Disk, DiskSpec]):
    """Disks; a new one is Detached once it is ready."""

    noun: ClassVar[str] = "disk"


class Images(Creatable[Image, ImageSpec]):
    """Images of the project; `get` also knows the vendor's by name or alias. A new one is Online once it is ready."""

    noun: ClassVar[str] = "image"
