"""VMs: planned, made, changed, removed (API facts 2.1)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field

from pulumi_hyperone.local_cloud.access import lookup
from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.lifecycle import credentials
from pulumi_hyperone.local_cloud.lifecycle.bodies import VmCreate, VmDisk
from pulumi_hyperone.local_cloud.lifecycle.disks import DiskLife, remove_tree
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.lifecycle.images import ImageLife
from pulumi_hyperone.local_cloud.lifecycle.networks import AdapterPlan, NetworkLife, refuse_protected
from pulumi_hyperone.local_cloud.lifecycle.parts import Parts
from pulumi_hyperone.local_cloud.lifecycle.power import Power
from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.threads import in_thread
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Disk, Image, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request
from pulumi_hyperone.local_cloud.state.store import Store

MAX_DISKS = 16
DEFAULT_LOGIN = "guru"


@dataclass
class VmPlan:
    """A VM that is about to be: its record, disks (new and brought), adapters, and whether it starts."""

    vm: Vm
    image: Image | None
    new_disks: list[Disk] = field(default_factory=list)
    brought: list[Disk] = field(default_factory=list)
    adapters: list[AdapterPlan] = field(default_factory=list)
    boot: bool = True

    def commit(self, store: Store) -> None:
        """Store everything; from now on addresses and disks are taken."""
        for disk in (*self.new_disks, *self.brought):
            disk.vm = self.vm.id
            disk.state = "Attached"
        store.save(self.vm, *self.new_disks, *self.brought)
        for plan in self.adapters:
            plan.adapter.vm = self.vm.id
            plan.commit(store)


class VmLife:
    """Everything about VMs but their power."""

    def __init__(self, parts: Parts, power: Power, disks: DiskLife, images: ImageLife, networks: NetworkLife) -> None:
        self._store = parts.store
        self._events = parts.events
        self.power = power
        self._disks = disks
        self._images = images
        self._networks = networks

    def plan(self, caller: Caller, body: VmCreate) -> VmPlan:
        """Check a create request and say what it makes; nothing is stored. Raises ApiError."""
        flavour = catalog.find_service(body.service, "vm")
        image = lookup.find(self._store, Image, body.image, caller) if body.image else None
        if image is not None and image.state != "Online":
            raise bad_request(f"image '{image.id}' is {image.state}, not Online")
        check_user_metadata(body.user_metadata)
        vm = Vm(
            **caller.made(flavour),
            name=body.name or "vm",
            state="Unknown",
            cpu=flavour.cpu,
            memory=flavour.memory,
            username=body.username or DEFAULT_LOGIN,
            user_metadata=body.user_metadata or "",
            ssh_keys=credentials.resolve_keys(self._store, caller, body.ssh_keys),
            password_sha512=credentials.password_hash(body.password),
            source_image_id=image.id if image else "",
            source_image_name=image.name if image else "",
            tag=body.tag,
        )
        plan = VmPlan(vm, image, boot=body.boot is not False)
        self._plan_disks(caller, plan, body.disk or [])
        taken: set[str] = set()
        for adapter in body.adapters():
            plan.adapters.append(self._networks.plan_adapter(caller, adapter, taken))
        return plan

    def _plan_disks(self, caller: Caller, plan: VmPlan, wanted: list[VmDisk]) -> None:
        vm, image = plan.vm, plan.image
        if image is not None and (not wanted or wanted[0].id):
            raise bad_request("a vm from an image needs a first disk with service and size", disk="required")
        if len(wanted) > MAX_DISKS:
            raise bad_request(f"a vm has at most {MAX_DISKS} disks", disk="too many")
        brought = [lookup.find_own(self._store, Disk, one.id, caller) for one in wanted if one.id]
        vm.kind = image.kind if image else brought[0].kind if brought and wanted[0].id else "vm"
        brought_left = iter(brought)
        for number, one in enumerate(wanted):
            if one.id:
                disk = next(brought_left)
                self.check_attachable(disk)
                if disk.kind != vm.kind:
                    raise bad_request(SANDBOX_HAS_NO_DISKS)
                if disk in plan.brought:
                    raise bad_request(f"disk '{disk.id}' is named twice")
                plan.brought.append(disk)
            else:
                disk = self._plan_new_disk(caller, vm, image, number, one)
                plan.new_disks.append(disk)
            vm.slots[disk.id] = number
        if vm.kind == "sandbox" and len(vm.slots) > 1:
            raise bad_request(SANDBOX_HAS_NO_DISKS)

    def _plan_new_disk(self, caller: Caller, vm: Vm, image: Image | None, number: int, wanted: VmDisk) -> Disk:
        inside = image.disks[number] if image and number < len(image.disks) else None
        size = wanted.size or (inside.size if inside else None)
        if not wanted.service or size is None:
            raise bad_request("a disk needs id, or service and size", **{f"disk.{number}": "service and size required"})
        if inside is not None and size < inside.size:
            raise bad_request(
                f"disk size {size:g} GiB is less than the {inside.size:g} GiB of image '{vm.source_image_name}'",
                **{f"disk.{number}.size": "less than the image's"},
            )
        return self._disks.plan(caller, wanted.service, wanted.name or f"{vm.name}-disk-{number}", size, vm.kind)

    async def make(self, plan: VmPlan, report: Report) -> None:
        """Fill the disks and start the machine. Raises MachineError."""
        image = plan.image
        if image is None:
            for disk in plan.new_disks:
                await self._disks.fill(disk, None)
        else:
            async with self._images.reading(image):
                await self._images.ensure_built(image, report)
                for number, disk in enumerate(plan.new_disks):
                    inside = number < len(image.disks)
                    report(f"making disk {number + 1} of {len(plan.new_disks)}")
                    await self._disks.fill(disk, self._images.disk_folder(image, number) if inside else None)
        for disk in plan.new_disks:
            disk.created = True
            self._events.add(disk, "create", plan.vm.created_by)
        self._store.save(*plan.new_disks)
        plan.vm.state = "Off"
        if plan.boot:
            report("starting")
            await self.power.start(plan.vm)

    async def undo(self, plan: VmPlan) -> None:
        """Take back a create that failed while the client waited."""
        await self.remove(plan.vm, plan.new_disks)

    def check_attachable(self, disk: Disk) -> None:
        """Refuse a disk that is not free. Raises a 400."""
        if disk.processing:
            raise bad_request(f"disk '{disk.id}' is processing")
        if disk.state != "Detached":
            raise bad_request(f"disk '{disk.id}' is {disk.state}, not Detached")

    def plan_attach(self, vm: Vm, disk: Disk) -> None:
        """Refuse what cannot be attached to an existing VM. Raises a 400."""
        self.check_attachable(disk)
        self.check_room(vm, disk)

    def check_room(self, vm: Vm, disk: Disk) -> None:
        """Refuse a disk that this kind of machine cannot have; the first one decides the kind. Raises a 400."""
        kind = vm.kind if vm.slots or vm.state != "Off" else disk.kind
        if disk.kind != kind or (kind == "sandbox" and vm.slots):
            raise bad_request(SANDBOX_HAS_NO_DISKS)
        if len(vm.slots) >= MAX_DISKS:
            raise bad_request(f"a vm has at most {MAX_DISKS} disks")

    async def attach(self, vm: Vm, disk: Disk) -> None:
        """Attach a disk, plugging it into a running machine. Raises MachineError."""
        location = next(slot for slot in range(MAX_DISKS) if slot not in vm.slots.values())
        if not vm.slots:
            vm.kind = disk.kind
        if self.power.has_power(vm):
            await self.power.machines(vm).plug(vm.id, self._disks.ref(disk, location))
        vm.slots[disk.id] = location
        disk.vm, disk.state = vm.id, "Attached"
        self._store.save(vm, disk)

    def check_detachable(self, vm: Vm, disk: Disk) -> None:
        """Refuse to take the OS disk from a running VM (API facts 2.2). Raises a 400."""
        if vm.slots.get(disk.id) == 0 and vm.state != "Off":
            raise bad_request(f"disk '{disk.id}' is the system disk: turn vm '{vm.id}' off first")

    async def detach(self, vm: Vm, disk: Disk) -> None:
        """Detach a disk, unplugging it from a running machine. Raises MachineError."""
        if self.power.has_power(vm):
            await self.power.machines(vm).unplug(vm.id, disk.id)
        vm.slots.pop(disk.id, None)
        disk.vm, disk.state = None, "Detached"
        self._store.save(vm, disk)

    def disks_to_remove(self, caller: Caller, vm: Vm, references: list[str]) -> list[Disk]:
        """The disks that go with a VM. Raises ApiError for one that is not the VM's, or protected."""
        refuse_protected(vm)
        disks: list[Disk] = []
        for reference in references:
            disk = lookup.find_own(self._store, Disk, reference, caller)
            if disk.vm != vm.id:
                raise bad_request(f"disk '{disk.id}' is not attached to vm '{vm.id}'")
            refuse_protected(disk)
            if disk not in disks:
                disks.append(disk)
        return disks

    async def remove(self, vm: Vm, with_disks: list[Disk]) -> None:
        """Remove a VM whatever its state; its other disks become Detached, its addresses are given back."""
        vm.wanted_running = False
        try:
            await self.power.machines(vm).turn_off(vm.id)
        except MachineError as error:
            if self.power.machines(vm).is_running(vm.id):
                raise
            self._events.add(vm, "turnoff", vm.created_by, "error", str(error))
        for disk in self.power.disks(vm):
            disk.vm, disk.state = None, "Detached" if disk.created else "Unknown"
            self._store.save(disk)
        vm.state = "Off"
        for adapter in self._networks.adapters(vm):
            self._networks.remove_adapter(adapter)
        for disk in with_disks:
            await self._disks.remove(disk)
        await in_thread(remove_tree, self.power.folder(vm))
        self._store.remove(vm)
        self._events.forget(vm)


SANDBOX_HAS_NO_DISKS = (
    "a sandbox machine has no block devices, so it has one disk, made from a sandbox image: "
    "use an image such as debian-12 for more disks"
)


def check_user_metadata(text: str | None) -> None:
    """Refuse user data that is not base64 (API facts 2.1.1). Raises a 400."""
    try:
        base64.b64decode(text or "", validate=True)
    except (binascii.Error, ValueError):
        raise bad_request("userMetadata must be base64", userMetadata="no base64") from None
