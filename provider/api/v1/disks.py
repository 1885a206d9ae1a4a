"""Disks (API facts 2.2)."""

from __future__ import annotations

from pulumi_hyperone.provider.api.models import Disk
from pulumi_hyperone.provider.api.v1.collection import Collection


class Disks(Collection[Disk]):
    """Disks; plugging and unplugging belong to the VM."""

    noun = "disk"
    path = "/disk"
    model = Disk
