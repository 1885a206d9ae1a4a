"""All virtual machines of the cloud: what the API side calls."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, ClassVar

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError, Machines, MachineSpec, PowerOffHandler
from pulumi_hyperone.local_cloud.machines.vm import accelerator, builder, command, disk_file, disks, host
from pulumi_hyperone.local_cloud.machines.vm.machine import Machine
from pulumi_hyperone.local_cloud.machines.vm.process import kill_leftover


class VirtualMachines(Machines):
    """QEMU machines. Runs as root or as an ordinary user (SSH port 1024 or above then)."""

    kind: ClassVar[str] = "vm"

    def __init__(self, on_power_off: PowerOffHandler, cache: Path | None = None) -> None:
        """`cache` keeps what all clouds of this user share: built images, saved starts, the verdict on KVM."""
        super().__init__(on_power_off)
        self._cache = cache or builder.default_cache()
        self._machines: dict[str, Machine] = {}
        self._starting: set[str] = set()

    async def build_image(self, name: str, target: Path, report: Callable[[str], None]) -> None:
        """Fill the empty image disk folder `target` with the source image `name` ("debian-12").

        `report` gets one line of text per step and every few seconds within long steps. Raises MachineError naming the
        step that failed.
        """
        await builder.build(name, target, self._cache, report)

    async def import_image(self, file: IO[bytes], target: Path) -> int:
        """Fill the empty image disk folder `target` from a disk file; returns the bytes it takes on the host."""
        await disk_file.convert(file, target / disks.BASE)
        return disks.allocated_bytes(target)

    async def make_disk(self, disk: DiskRef, source: Path | None) -> None:
        """Fill the folder of a disk: blank, or copy-on-write from an image disk, or a copy of a disk."""
        host.require(host.TO_RUN, "a virtual machine")
        if source is None:
            await disks.make_blank(disk)
        else:
            await disks.make_copy(disk, source)

    async def resize_disk(self, disk: DiskRef) -> None:
        """Grow a disk, also under a running machine."""
        machine = self._machine_of(disk.id)
        if machine:
            await machine.resize(disk)
        else:
            await disks.grow(disk)

    async def capture(self, disk: DiskRef, target: Path) -> int:
        """Make an independent image disk of a disk whose machine is off or paused."""
        machine = self._machine_of(disk.id)
        if machine and not machine.is_paused:
            raise MachineError(f"disk {disk.id} is in use by the running machine {machine.spec.vm_id}")
        return await disks.capture(disk, target)

    @asynccontextmanager
    async def paused(self, vm_id: str) -> AsyncIterator[None]:
        """Hold the machine's processors; QEMU writes what it holds to the disks' files, the guest is not asked."""
        machine = self._machines.get(vm_id)
        if machine is None or not machine.is_running:
            yield
            return
        async with machine.paused():
            yield

    async def start(self, spec: MachineSpec) -> None:
        """Power on: resume a fresh image's saved first start, else boot."""
        host.require(host.TO_RUN, "a virtual machine")
        if self.is_running(spec.vm_id) or spec.vm_id in self._starting:
            raise MachineError(f"machine {spec.vm_id} is running already")
        if not spec.disks:
            raise MachineError(f"machine {spec.vm_id} has no disk to boot from")
        self._starting.add(spec.vm_id)
        try:
            chosen = await accelerator.choose(self._cache, spec.disks[0].folder)
            self._machines[spec.vm_id] = await Machine.power_on(spec, chosen, self._cache, self._ended)
        finally:
            self._starting.discard(spec.vm_id)

    async def stop(self, vm_id: str) -> None:
        """Shut down by the power button; the power is cut after 60 s (30 s with KVM)."""
        machine = self._machines.get(vm_id)
        if machine:
            await machine.stop()
            self._forget(machine)

    async def turn_off(self, vm_id: str) -> None:
        """Cut the power."""
        machine = self._machines.get(vm_id)
        if machine:
            await machine.turn_off()
            self._forget(machine)

    async def plug(self, vm_id: str, disk: DiskRef) -> None:
        """Hot-plug a disk at the lowest free LUN."""
        await self._running(vm_id).plug(disk)

    async def unplug(self, vm_id: str, disk_id: str) -> None:
        """Hot-unplug a disk; the OS disk is refused."""
        await self._running(vm_id).unplug(disk_id)

    async def set_ssh_addresses(self, vm_id: str, addresses: Sequence[str]) -> None:
        """Forward SSH from exactly these loopback addresses."""
        await self._running(vm_id).set_ssh_addresses(addresses)

    def is_running(self, vm_id: str) -> bool:
        """Whether the machine has power."""
        machine = self._machines.get(vm_id)
        return machine is not None and machine.is_running

    def serial_log(self, folder: Path) -> str:
        """The serial console since the last start."""
        try:
            return (folder / command.SERIAL_LOG).read_text(errors="replace")
        except OSError:
            return ""

    async def close(self) -> None:
        """Cut the power of every machine."""
        await asyncio.gather(*(self.turn_off(vm_id) for vm_id in list(self._machines)))

    @staticmethod
    async def kill_leftovers(folders: Sequence[Path]) -> None:
        """Kill what a cloud that crashed may have left in these machine folders."""
        for folder in folders:
            await kill_leftover(folder)

    def _running(self, vm_id: str) -> Machine:
        machine = self._machines.get(vm_id)
        if machine is None or not machine.is_running:
            raise MachineError(f"machine {vm_id} is not running")
        return machine

    def _machine_of(self, disk_id: str) -> Machine | None:
        """The running machine that has a disk."""
        return next((one for one in self._machines.values() if one.is_running and one.has_disk(disk_id)), None)

    def _forget(self, machine: Machine) -> None:
        if self._machines.get(machine.spec.vm_id) is machine:
            del self._machines[machine.spec.vm_id]

    async def _ended(self, vm_id: str) -> None:
        self._machines.pop(vm_id, None)
        await self.on_power_off(vm_id)
