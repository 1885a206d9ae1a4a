"""PowerOff: the builder stopped, and in chroot builds the chroot disk unplugged from it."""

from __future__ import annotations

from dataclasses import dataclass

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on
from pulumi_hyperone.provider.resources.inputs import PartOfBuild, given
from pulumi_hyperone.provider.resources.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class PowerOffInputs(PartOfBuild):
    """The VM to stop, and the chroot disk to unplug from it when there is one (ids)."""

    vm_id: str = given()
    chroot_disk_id: str = given(default="")


class PowerOffProvider(HyperOneProvider):
    """The client waits until the VM is Off and the disk is no longer among its disks."""

    inputs = PowerOffInputs

    @timed
    @going_on()
    def create(self, props: Props) -> CreateResult:
        """Stop the VM, unplug the chroot disk when there is one."""
        inputs, client = PowerOffInputs.of(props), self.client
        say(f"stopping VM {inputs.vm_id}")
        client.vms.stop(inputs.vm_id, deadline=inputs.state_timeout, on_wait=say)
        if inputs.chroot_disk_id:
            say(f"unplugging disk {inputs.chroot_disk_id}")
            client.vms.detach(inputs.vm_id, inputs.chroot_disk_id, deadline=inputs.state_timeout, on_wait=say)
        done(f"VM {inputs.vm_id} is off")
        return CreateResult(inputs.vm_id, props)


class PowerOff(HyperOneResource, module="hyperone", name="PowerOff"):
    """A builder that is off. Its id is the VM's id."""

    provider = PowerOffProvider
    computed = TIMES
