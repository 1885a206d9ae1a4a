"""Disks and images."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar, Unpack

from pulumi_hyperone.provider.api.http.collection import Creatable
from pulumi_hyperone.provider.api.http.waiting import Waiting
from pulumi_hyperone.provider.api.records import Disk, Image
from pulumi_hyperone.provider.api.specs import DiskSpec, ImageSpec

NO_ACCESS_RIGHTS = "the second generation of HyperOne's API has no access rights; share it through the first one"


class Disks(Creatable[Disk, DiskSpec]):
    """Disks; a new one is Detached once it is ready."""

    noun: ClassVar[str] = "disk"


class Images(Creatable[Image, ImageSpec]):
    """Images of the project; `get` also knows the vendor's by name or alias. A new one is Online once it is ready."""

    noun: ClassVar[str] = "image"

    @abstractmethod
    def grant(self, image: str, identity: str, **how: Unpack[Waiting]) -> None:
        """Let a project (id), or everybody (`*`), use an image; no error when it may already. Waits until it may.

        Raises NotFound when the image is not there, Refused where the API has no access rights (v2).
        """

    @abstractmethod
    def revoke(self, image: str, identity: str, **how: Unpack[Waiting]) -> None:
        """Take back what `grant` gave; no error when it is not there. Raises the same."""
