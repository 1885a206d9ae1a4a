"""The provider of ChrootDisk: makes the disk and plugs it into the builder."""

from __future__ import annotations

from pulumi.dynamic import CreateResult, ReadResult

from pulumi_hyperone.provider.api.records import State
from pulumi_hyperone.provider.api.specs import DiskSpec
from pulumi_hyperone.provider.foundation.errors import NotFound
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, undone_on_failure
from pulumi_hyperone.provider.resources.temporary_vm import needed_until_result
from pulumi_hyperone.provider.schema.chroot_disk import ChrootDiskInputs
from pulumi_hyperone.provider.tracking.begun import is_continued
from pulumi_hyperone.provider.tracking.identity import CHROOT_DISK, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_disk, remove_disks


class ChrootDiskProvider(HyperOneProvider):
    """Outputs: where the disk is plugged, controller_number (text) and controller_location (LUN)."""

    inputs = ChrootDiskInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """POST the disk, wait until it is Detached, plug it into the builder; on failure nothing of it stays."""
        inputs, client = ChrootDiskInputs.of(props), self.client
        mine = role_tags(inputs.build_id, CHROOT_DISK)
        # What an interrupted run left: its content is unknown, so it is never adopted.
        if is_continued(inputs.build_id):
            remove_disks(client, mine)
        say(f"creating disk {inputs.name} ({inputs.size:g} GiB)")
        spec = DiskSpec(name=inputs.name, service=inputs.service, size=inputs.size, tags=inputs.owner.tags(CHROOT_DISK))
        with undone_on_failure(f"disk {inputs.name}", lambda undo: remove_disks(undo, mine)):
            disk = client.disks.create(spec, identity=mine, deadline=inputs.state_timeout, on_wait=say)
            client.disks.reach(disk, State.DETACHED, deadline=inputs.state_timeout, on_wait=say)
            say(f"plugging disk {disk.id} into VM {inputs.vm_id}")
            plug = client.vms.attach(inputs.vm_id, disk.id, deadline=inputs.state_timeout, on_wait=say)
        plugged = {"controller_number": plug.controller_number, "controller_location": plug.controller_location}
        done(f"disk {disk.id}, plugged into VM {inputs.vm_id}")
        return CreateResult(disk.id, {**props, **plugged})

    def read(self, id_: str, props: Props) -> ReadResult:
        """A disk that is missing is drift while its build needs it."""
        return needed_until_result(self.client, self.client.disks.get, id_, props)

    def delete(self, id_: str, _props: Props) -> None:
        """Unplug it from whatever VM holds it and delete it; absent is done."""
        say(f"removing disk {id_}")
        try:
            disk = self.client.disks.get(id_)
        except NotFound:
            return
        remove_disk(self.client, disk)
        done(f"disk {id_} is gone")
