"""One powered-on virtual machine: its disks, its SSH forwards, its end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError, MachineSpec
from pulumi_hyperone.local_cloud.machines.vm import command, disks, first_start, metadata
from pulumi_hyperone.local_cloud.machines.vm.first_start import FirstStart, wait_for_text
from pulumi_hyperone.local_cloud.machines.vm.process import Qemu

log = logging.getLogger(__name__)

# Further disks are plugged when the root is mounted, or after this many seconds where the serial console never says so.
_MOUNTED = "mounted filesystem"
_MOUNTED_WAIT = 60.0
_STOP_TCG = 60.0
_STOP_KVM = 30.0


class Machine:
    """A machine from power-on to power-off; made by `power_on`."""

    def __init__(self, spec: MachineSpec, qemu: Qemu, guest_address: str | None, stop_timeout: float) -> None:
        self.spec = spec
        self._qemu = qemu
        self._guest_address = guest_address
        self._stop_timeout = stop_timeout
        self._luns = {spec.disks[0].id: spec.disks[0].location or 0}
        self._later: dict[str, DiskRef] = {disk.id: disk for disk in spec.disks[1:]}
        self._forwarded = set(spec.ssh_addresses) if guest_address else set()
        self._changing = asyncio.Lock()
        self._expected_end = False
        self._tasks: list[asyncio.Task[None]] = []
        # True while a first boot is on its way to the point where it is saved; nothing in the guest listens yet.
        self._booting = False
        self.is_paused = False

    @classmethod
    async def power_on(
        cls, spec: MachineSpec, accelerator: command.Accelerator, cache: Path, ended: Callable[[str], Awaitable[None]]
    ) -> Machine:
        """Start QEMU; `ended(vm_id)` is awaited when the machine goes off without being told to."""
        networks = [metadata.guest_network(adapter, index) for index, adapter in enumerate(spec.adapters)]
        own = command.own_devices(spec, networks, await metadata.write(spec, networks))
        check_free(spec.ssh_addresses, spec.ssh_port)
        (spec.folder / command.SERIAL_LOG).write_bytes(b"")
        first = first_start.find(spec, accelerator, cache)
        qemu, mode = await _launch(spec, accelerator, own, first)
        guest_address = str(networks[0].addresses[0]) if networks else None
        machine = cls(spec, qemu, guest_address, _STOP_KVM if accelerator.is_kvm else _STOP_TCG)
        machine._tasks.append(asyncio.create_task(machine._watch(ended)))
        if mode is command.Mode.SAVED and first:
            await machine._changing.acquire()
            machine._booting = True
            machine._tasks.append(asyncio.create_task(machine._save(first, own)))
        else:
            machine._tasks.append(
                asyncio.create_task(machine._plug_later(_MOUNTED if mode is command.Mode.PLAIN else ""))
            )
        return machine

    @property
    def is_running(self) -> bool:
        """Whether the machine has power."""
        return self._qemu.is_running

    def has_disk(self, disk_id: str) -> bool:
        """Whether the disk is plugged in or about to be."""
        return disk_id in self._luns or disk_id in self._later

    async def plug(self, disk: DiskRef) -> None:
        """Hot-plug a disk: its location is its LUN."""
        async with self._changing:
            if disk.id in self._luns:
                raise MachineError(f"disk {disk.id} is plugged into machine {self.spec.vm_id} already")
            self._later.pop(disk.id, None)
            (disk.folder / disks.FIRST_START).unlink(missing_ok=True)
            taken = self._luns.values()
            lun = disk.location
            if lun is None:
                lun = next(number for number in range(256) if number not in taken)
            if lun in taken:
                raise MachineError(f"location {lun} of machine {self.spec.vm_id} is taken")
            node, file = command.node_of(disk.id), disk.folder / disks.DISK
            await self._qemu.monitor.plug(node, file, command.serial_of(disk.id), lun)
            self._luns[disk.id] = lun

    async def unplug(self, disk_id: str) -> None:
        """Take a disk out; the guest is not asked, a mounted file system loses its disk (as on the real cloud)."""
        async with self._changing:
            if disk_id == self.spec.disks[0].id:
                raise MachineError(f"disk {disk_id} is the OS disk of machine {self.spec.vm_id}, which is running")
            if self._later.pop(disk_id, None):
                return
            if disk_id not in self._luns:
                raise MachineError(f"disk {disk_id} is not plugged into machine {self.spec.vm_id}")
            await self._qemu.monitor.unplug(command.node_of(disk_id))
            del self._luns[disk_id]

    async def resize(self, disk: DiskRef) -> None:
        """Grow a disk under the running guest."""
        async with self._changing:
            if disk.id in self._later:
                await disks.grow(disk)
                return
            node, size = command.node_of(disk.id), disks.size_in_bytes(disk.size_gib)
            await self._qemu.monitor.execute("block_resize", node_name=node, size=size)

    @contextlib.asynccontextmanager
    async def paused(self) -> AsyncIterator[None]:
        """While inside, the guest stands still and its disks' files are whole, as after a power cut."""
        async with self._changing:
            try:
                await self._qemu.monitor.execute("stop")
                self.is_paused = True
                yield
            finally:
                self.is_paused = False
                if self.is_running:
                    await self._qemu.monitor.execute("cont")

    async def set_ssh_addresses(self, addresses: Sequence[str]) -> None:
        """Forward SSH from exactly these host addresses."""
        async with self._changing:
            if self._guest_address is None:
                if addresses:
                    raise MachineError(f"machine {self.spec.vm_id} has no network adapter, SSH cannot reach it")
                return
            netdev, port = command.netdev_of(0), self.spec.ssh_port
            for address in self._forwarded - set(addresses):
                await self._qemu.monitor.stop_forwarding(netdev, address, port)
                self._forwarded.discard(address)
            for address in [one for one in addresses if one not in self._forwarded]:
                await self._qemu.monitor.forward(netdev, address, port, self._guest_address)
                self._forwarded.add(address)

    async def stop(self) -> None:
        """Shut the guest down; cut the power when it is not off in time."""
        self._expected_end = True
        if self._booting or not await self._qemu.power_down(self._stop_timeout):
            await self._qemu.quit()
        await self._finish()

    async def turn_off(self) -> None:
        """Cut the power."""
        self._expected_end = True
        if self.is_running:
            await self._qemu.quit()
        await self._finish()

    async def _finish(self) -> None:
        """Wait until nothing of the machine runs any more."""
        for task in self._tasks[1:]:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, ended: Callable[[str], Awaitable[None]]) -> None:
        """Report an end that nobody asked for."""
        await self._qemu.ended()
        if not self._expected_end:
            await ended(self.spec.vm_id)

    async def _save(self, first: FirstStart, own: Sequence[command.Part]) -> None:
        """Save the booting machine when it waits for its own devices, then give it these; holds the lock until then."""
        try:
            await first.save(self._qemu, self.spec, own)
        except MachineError as error:
            log.warning("%s", error)
        finally:
            self._booting = False
            self._changing.release()
        await self._plug_later("")

    async def _plug_later(self, sign: str) -> None:
        """Plug the further disks in their order once the root is mounted: at boot they could take its device letter."""
        if not self._later:
            return
        await wait_for_text(self.spec.folder / command.SERIAL_LOG, sign, _MOUNTED_WAIT)
        for disk in list(self._later.values()):
            if disk.id in self._later and self.is_running:
                try:
                    await self.plug(disk)
                except MachineError as error:
                    log.warning("machine %s runs without a disk: %s", self.spec.vm_id, error)


async def _launch(
    spec: MachineSpec, accelerator: command.Accelerator, own: Sequence[command.Part], first: FirstStart | None
) -> tuple[Qemu, command.Mode]:
    """Start QEMU in the quickest way that works: from a saved first start, else by booting."""

    async def launch(mode: command.Mode) -> Qemu:
        devices = own if mode is command.Mode.PLAIN else []
        return await Qemu.launch(
            spec.vm_id, spec.folder, lambda fd: command.command_line(spec, accelerator, fd, devices, mode)
        )

    if first is None:
        # The size may be short when a first start was cut off before its end.
        await disks.grow(spec.disks[0])
        return await launch(command.Mode.PLAIN), command.Mode.PLAIN
    try:
        await first.prepare(spec.disks[0])
        if not first.is_saved:
            return await launch(command.Mode.SAVED), command.Mode.SAVED
    except BaseException:
        first.abandon()
        raise
    qemu = await launch(command.Mode.RESUMED)
    try:
        await first.resume(qemu, spec, own)
    except MachineError as error:
        log.warning("%s; booting it instead", error)
        await qemu.kill()
        first.discard()
        await disks.make_overlay(spec.disks[0], disks.size_in_bytes(spec.disks[0].size_gib))
        return await launch(command.Mode.PLAIN), command.Mode.PLAIN
    except BaseException:
        await qemu.kill()
        raise
    return qemu, command.Mode.RESUMED


def check_free(addresses: Sequence[str], port: int) -> None:
    """Raise MachineError when SSH cannot be offered on an address: in use, not of this host, or not allowed."""
    for address in addresses:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                raise MachineError(f"SSH cannot be offered on {address}:{port}: {error.strerror}") from error
