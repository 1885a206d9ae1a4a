"""PowerOff: the builder stopped, and in chroot builds the chroot disk unplugged from it."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import PartOfBuild, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class PowerOffInputs(PartOfBuild):
    """The VM to stop, and the chroot disk to unplug from it when there is one (ids)."""

    vm_id: str = given()
    chroot_disk_id: str = given(default="")


class PowerOff(HyperOneResource, module="hyperone", name="PowerOff"):
    """A builder that is off. Its id is the VM's id."""

    inputs = PowerOffInputs
    computed = TIMES
