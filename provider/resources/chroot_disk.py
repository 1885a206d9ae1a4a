"""ChrootDisk: the second disk of a chroot build, plugged into the builder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource

from pulumi_hyperone.provider.api import DiskSpec, State
from pulumi_hyperone.provider.foundation.errors import NotFound
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, gone, undone_on_failure
from pulumi_hyperone.provider.resources.temporary_vm import has_result
from pulumi_hyperone.provider.tracking.identity import CHROOT_DISK, identity_tags, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_disk, remove_disks


class ChrootDiskProvider(HyperOneProvider):
    """Outputs: where the disk is plugged, controller_number (text) and controller_location (LUN)."""

    silent: ClassVar[tuple[str, ...]] = ("stack", "image_key", "state_timeout", "vm_id")

    @timed
    def create(self, props: Props) -> CreateResult:
        """POST the disk, wait until it is Detached, plug it into the builder; on failure nothing of it stays."""
        client = self.client
        mine = role_tags(props["build_id"], CHROOT_DISK)
        # What an interrupted run left: its content is unknown, so it is never adopted.
        remove_disks(client, mine)
        tags = identity_tags(props, CHROOT_DISK)
        say(f"creating disk {props['name']} ({props['size']:g} GiB)")
        spec = DiskSpec(name=props["name"], service=props["service"], size=props["size"], tags=tags)
        with undone_on_failure(f"disk {props['name']}", lambda undo: remove_disks(undo, mine)):
            disk = client.disks.create(spec, identity=mine, deadline=props["state_timeout"], on_wait=say)
            client.disks.settle(
                disk,
                until=lambda now: now.state == State.DETACHED,
                what=f"disk {disk.name} ({disk.id}) to be Detached",
                deadline=props["state_timeout"],
                on_wait=say,
            )
            say(f"plugging disk {disk.id} into VM {props['vm_id']}")
            plug = client.vms.attach(props["vm_id"], disk.id, deadline=props["state_timeout"], on_wait=say)
        plugged = {"controller_number": plug.controller_number, "controller_location": plug.controller_location}
        done(f"disk {disk.id}, plugged into VM {props['vm_id']}")
        return CreateResult(disk.id, {**props, **plugged})

    def read(self, id_: str, props: Props) -> ReadResult:
        """A disk that is missing is drift only until its build has its image or the carrier of it."""
        try:
            self.client.disks.get(id_)
        except NotFound:
            if not has_result(self.client, props["build_id"]):
                return gone(props)
        return ReadResult(id_, props)

    def delete(self, id_: str, _props: Props) -> None:
        """Unplug it from whatever VM holds it and delete it; absent is done."""
        say(f"removing disk {id_}")
        try:
            disk = self.client.disks.get(id_)
        except NotFound:
            return
        remove_disk(self.client, disk)
        done(f"disk {id_} is gone")


class ChrootDisk(Resource, module="hyperone", name="ChrootDisk"):
    """The disk that becomes the image. Its id is the disk's id."""

    controller_number: pulumi.Output[str]
    controller_location: pulumi.Output[float]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: build_id, vm_id, name, service, size (GiB), state_timeout (seconds), owner."""
        computed = dict.fromkeys(("controller_number", "controller_location", *TIMES))
        super().__init__(ChrootDiskProvider(), name, {**computed, **props}, opts)
