"""All sandbox machines of a cloud."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import IO, Any, ClassVar

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError, Machines, MachineSpec, PowerOffHandler
from pulumi_hyperone.local_cloud.machines.sandbox import disk as disks
from pulumi_hyperone.local_cloud.machines.sandbox.host import Host, find_host, probe
from pulumi_hyperone.local_cloud.machines.sandbox.machine import (
    GRACE_SECONDS,
    SandboxMachine,
    check_spec,
    read_serial_log,
)
from pulumi_hyperone.local_cloud.machines.sandbox.tar import unpack
from pulumi_hyperone.local_cloud.machines.threads import in_thread

_NO_BLOCK_DEVICES = "sandbox machines have no block devices; use an image such as debian-12"


class SandboxMachines(Machines):
    """Machines without a kernel of their own; see the package's description for what they can and cannot do."""

    kind: ClassVar[str] = "sandbox"

    def __init__(self, on_power_off: PowerOffHandler) -> None:
        super().__init__(on_power_off)
        # asyncssh writes commands and environments of clients at INFO, and those may hold secrets.
        logging.getLogger("asyncssh").setLevel(logging.WARNING)
        self._machines: dict[str, SandboxMachine] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._known_host: Host | None = None
        self._probe_lock = asyncio.Lock()

    async def _host(self) -> Host:
        """Return the host's tools, found and tried once; MachineError when sandboxes are not possible here."""
        async with self._probe_lock:
            if self._known_host is None:
                host = find_host()
                await probe(host)
                self._known_host = host
            return self._known_host

    def _lock(self, vm_id: str) -> asyncio.Lock:
        return self._locks.setdefault(vm_id, asyncio.Lock())

    async def make_disk(self, disk: DiskRef, source: Path | None) -> None:
        """Fill the empty `disk.folder`: the folders of a new machine, or a copy of `source`."""
        host = await self._host()
        if source is None:
            await disks.make_blank(disk.folder, host)
        else:
            await disks.copy(source, disk.folder, host)

    async def import_image(self, file: IO[bytes], target: Path) -> int:
        """Fill the empty folder `target` with a machine's tree from a tar; returns the bytes it takes on the host."""
        host = await self._host()
        await disks.make_blank(target, host)
        await in_thread(unpack, file, target / disks.ROOTFS, host.owner)
        return await disks.used_bytes(target, host)

    async def resize_disk(self, disk: DiskRef) -> None:
        """Do nothing: a sandbox disk takes what it needs, its size is not enforced."""

    async def capture(self, disk: DiskRef, target: Path) -> int:
        """Copy the disk into the empty folder `target`; returns the bytes it takes on the host."""
        host = await self._host()
        await disks.copy(disk.folder, target, host)
        return await disks.used_bytes(target, host)

    async def start(self, spec: MachineSpec) -> None:
        """Power on; SSH answers when this returns. No error when it is on already. Raises MachineError."""
        check_spec(spec)
        if len(spec.disks) > 1:
            raise MachineError(_NO_BLOCK_DEVICES)
        host = await self._host()
        async with self._lock(spec.vm_id):
            if spec.vm_id not in self._machines:
                await self._power_on(spec, host)

    async def _power_on(self, spec: MachineSpec, host: Host) -> None:
        machine = SandboxMachine(spec, host, self._request_handler(spec.vm_id))
        await machine.start()
        self._machines[spec.vm_id] = machine

    def _request_handler(self, vm_id: str) -> Callable[[str], None]:
        """Return what a machine calls when its guest asks to go down."""

        def handle(request: str) -> None:
            self._spawn(self._reboot(vm_id) if request == "reboot" else self._power_off(vm_id))

        return handle

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _power_off(self, vm_id: str) -> None:
        if machine := self._machines.get(vm_id):
            await machine.settle()
        await self._end(vm_id, GRACE_SECONDS)
        await self.on_power_off(vm_id)

    async def _reboot(self, vm_id: str) -> None:
        async with self._lock(vm_id):
            machine = self._machines.get(vm_id)
            if machine is None:
                return
            await machine.settle()
            await machine.stop(GRACE_SECONDS)
            try:
                await self._power_on(machine.spec, machine.host)
            except (MachineError, OSError) as error:
                machine.log(f"the machine did not come up again: {error}")
                del self._machines[vm_id]
        if vm_id not in self._machines:
            await self.on_power_off(vm_id)

    async def _end(self, vm_id: str, grace: float) -> None:
        async with self._lock(vm_id):
            machine = self._machines.get(vm_id)
            if machine is not None:
                await machine.stop(grace)
                del self._machines[vm_id]

    async def stop(self, vm_id: str) -> None:
        """End all sessions, those that do not end within 3 seconds by force, and close the listeners."""
        await self._end(vm_id, GRACE_SECONDS)

    async def turn_off(self, vm_id: str) -> None:
        """End all sessions by force and close the listeners."""
        await self._end(vm_id, 0.0)

    async def plug(self, vm_id: str, disk: DiskRef) -> None:  # noqa: ARG002
        """Raise MachineError: there are no block devices."""
        raise MachineError(_NO_BLOCK_DEVICES)

    async def unplug(self, vm_id: str, disk_id: str) -> None:  # noqa: ARG002
        """Raise MachineError: there are no block devices."""
        raise MachineError(_NO_BLOCK_DEVICES)

    async def set_ssh_addresses(self, vm_id: str, addresses: Sequence[str]) -> None:
        """Make SSH of a running machine answer on exactly these addresses; no effect on one that is off."""
        async with self._lock(vm_id):
            machine = self._machines.get(vm_id)
            if machine is not None:
                await machine.listen_on(addresses)

    def is_running(self, vm_id: str) -> bool:
        """Whether the machine has power; also during a reboot."""
        return vm_id in self._machines

    def serial_log(self, folder: Path) -> str:
        """Return the machine's events so far: starts, stops, sessions, the guest's requests."""
        return read_serial_log(folder)

    async def close(self) -> None:
        """End every machine."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(self.stop(vm_id) for vm_id in list(self._machines)))
