"""The provider of PowerOff: stops the builder, and unplugs the chroot disk from it."""

from __future__ import annotations

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on
from pulumi_hyperone.provider.schema.power_off import PowerOffInputs


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
