"""Sweep: remove everything that carries one build's id, whatever state it is in."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.http.collection import Collection, R
from pulumi_hyperone.provider.api.records import Disk
from pulumi_hyperone.provider.foundation.errors import HyperOneError, LeftBehind, NotFound, Refused
from pulumi_hyperone.provider.process.progress import say, tell
from pulumi_hyperone.provider.tracking.identity import BUILD_TAG, CHROOT_DISK, ROLE_TAG


def remove_vm(client: Cloud, vm_id: str, *, also_disks: Sequence[str] = (), deadline: float | None = None) -> None:
    """Delete a VM with the disks it brought, and `also_disks` if they exist; a chroot disk stays. Absent is done.

    `deadline` in seconds bounds each wait (default: the client's state_timeout).
    """
    own = _own_disks(client, vm_id)
    if own is not None:
        client.vms.delete(vm_id, remove_disks=own, deadline=deadline, on_wait=say)
    for disk_id in {*(own or ()), *also_disks}:
        if _is_there(client.disks.get, disk_id):
            client.disks.delete(disk_id, deadline=deadline, on_wait=say)


def _is_there(get: Callable[[str], object], id_: str) -> bool:
    """Whether an object still exists; asked, so that a released build needs no more calls that change things."""
    try:
        get(id_)
    except NotFound:
        return False
    return True


def _own_disks(client: Cloud, vm_id: str) -> list[str] | None:
    """The disks that go with the VM; None when there is no such VM. Raises Refused when that cannot be told."""
    try:
        plugged = [plug.disk_id for plug in client.vms.plugs(vm_id)]
    except NotFound as error:
        if _is_there(client.vms.get, vm_id):
            raise Refused(f"vm {vm_id} exists, but its disks cannot be listed: {error}") from None
        return None
    chroot_disks = {disk.id for disk in client.disks.list(tags={ROLE_TAG: CHROOT_DISK})}
    return [disk_id for disk_id in plugged if disk_id not in chroot_disks]


def remove_vms(client: Cloud, tags: Mapping[str, str]) -> None:
    """Delete every VM that carries all of `tags`, as remove_vm does."""
    for vm in client.vms.list(tags=tags):
        say(f"removing VM {vm.name} ({vm.id})")
        remove_vm(client, vm.id)


def remove_disk(client: Cloud, disk: Disk) -> None:
    """Unplug `disk` if it is plugged in, then delete it."""
    if disk.vm:
        with contextlib.suppress(NotFound):  # the VM, whose end unplugs the disk
            client.vms.detach(disk.vm, disk.id, on_wait=say)
    client.disks.delete(disk.id, on_wait=say)


def remove_disks(client: Cloud, tags: Mapping[str, str]) -> None:
    """Unplug and delete every disk that carries all of `tags`."""
    for disk in client.disks.list(tags=tags):
        say(f"removing disk {disk.name} ({disk.id})")
        remove_disk(client, disk)


def remove_images(client: Cloud, tags: Mapping[str, str]) -> None:
    """Delete every image that carries all of `tags`."""
    for image in client.images.list(tags=tags):
        say(f"removing image {image.name} ({image.id})")
        client.images.delete(image.id, on_wait=say)


def sweep(client: Cloud, build_id: str, *, images: bool, repeat: str = "pulumi destroy") -> None:
    """Remove the build's VMs, disks and IPs, and its images if wanted; goes on after failures, reports all of them.

    Raises LeftBehind naming each object that is still there and why, and the command that tries again.
    """
    tags = {BUILD_TAG: build_id}
    failures: list[str] = []

    def attempt(what: str, remove: Callable[[], None]) -> None:
        try:
            remove()
        except HyperOneError as error:
            failures.append(f"{what}: {error}")

    def found(title: str, noun: Collection[R]) -> list[R]:
        try:
            return noun.list(tags=tags)
        except Refused as error:
            failures.append(f"{title}: {error}")
            return []

    for vm in found("VMs", client.vms):
        attempt(f"VM {vm.name} ({vm.id})", partial(remove_vm, client, vm.id))
    for disk in found("disks", client.disks):
        attempt(f"disk {disk.name} ({disk.id})", partial(remove_disk, client, disk))
    for ip in found("IPs", client.ips):
        attempt(f"IP {ip.address} ({ip.id})", partial(client.ips.delete, ip.id))
    for image in found("images", client.images) if images else ():
        attempt(f"image {image.name} ({image.id})", partial(client.images.delete, image.id))
    if failures:
        raise LeftBehind(
            f"build {build_id}: not everything could be removed, run `{repeat}` again: " + "; ".join(failures)
        )


def tell_kept(client: Cloud, build_id: str) -> None:
    """Name the build's images, which stay, so that one that no state knows of is not overlooked.

    Not being able to ask is told and is no failure: nothing that was to go is left.
    """
    try:
        for image in client.images.list(tags={BUILD_TAG: build_id}):
            tell(f"image {image.name} ({image.id}) stays (keep_image)")
    except HyperOneError as error:
        tell(f"which images of build {build_id} stay is unknown: {error}; `hyperone status` lists them")
