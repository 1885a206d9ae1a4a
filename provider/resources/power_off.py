"""PowerOff: the builder stopped, and in chroot builds the chroot disk unplugged from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, Resource

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on


class PowerOffProvider(HyperOneProvider):
    """The client waits until the VM is Off and the disk is no longer among its disks."""

    silent: ClassVar[tuple[str, ...]] = ("state_timeout",)

    @timed
    @going_on()
    def create(self, props: Props) -> CreateResult:
        """Stop the VM, unplug the chroot disk when there is one."""
        client, vm_id = self.client, props["vm_id"]
        say(f"stopping VM {vm_id}")
        client.vms.stop(vm_id, deadline=props["state_timeout"], on_wait=say)
        disk_id = props.get("chroot_disk_id")
        if disk_id:
            say(f"unplugging disk {disk_id}")
            client.vms.detach(vm_id, disk_id, deadline=props["state_timeout"], on_wait=say)
        done(f"VM {vm_id} is off")
        return CreateResult(vm_id, props)


class PowerOff(Resource, module="hyperone", name="PowerOff"):
    """A builder that is off. Its id is the VM's id."""

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: build_id, vm_id, chroot_disk_id or None, state_timeout (seconds)."""
        super().__init__(PowerOffProvider(), name, {**dict.fromkeys(TIMES), **props}, opts)
