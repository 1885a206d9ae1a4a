"""ChrootDisk: the second disk of a chroot build, plugged into the builder."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import SILENT, Owned, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class ChrootDiskInputs(Owned):
    """A disk of `size` GiB for the VM `vm_id`; `service` is its type."""

    vm_id: str = given(SILENT)
    name: str = given()
    service: str = given()
    size: float = given()


class ChrootDisk(HyperOneResource, module="hyperone", name="ChrootDisk"):
    """The disk that becomes the image. Its id is the disk's id."""

    controller_number: pulumi.Output[str]
    controller_location: pulumi.Output[float]

    inputs = ChrootDiskInputs
    computed = ("controller_number", "controller_location", *TIMES)
