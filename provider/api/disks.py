"""Disks (API facts 2.2)."""

from __future__ import annotations

from provider.api.collection import Collection
from provider.api.models import Disk


class Disks(Collection[Disk]):
    """Disks; plugging and unplugging belong to the VM."""

    noun = "disk"
    path = "/disk"
    model = Disk
