"""Power: from a VM's record to a running machine and back."""

from __future__ import annotations

import base64
import ipaddress
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from pulumi_hyperone.local_cloud.lifecycle.addresses import NAMESERVERS, is_reachable
from pulumi_hyperone.local_cloud.lifecycle.disks import DiskLife
from pulumi_hyperone.local_cloud.lifecycle.events import Report, Work
from pulumi_hyperone.local_cloud.lifecycle.networks import NetworkLife
from pulumi_hyperone.local_cloud.lifecycle.parts import Parts
from pulumi_hyperone.local_cloud.machines.base import Adapter, Machines, MachineSpec
from pulumi_hyperone.local_cloud.state.records import Disk, Netadp, Network, Vm

log = logging.getLogger("local_cloud")

SYSTEM = "system"


class Power:
    """Turns VMs on and off and keeps their state in the store true."""

    def __init__(self, parts: Parts, disks: DiskLife, networks: NetworkLife, ssh_port: int) -> None:
        self._home = parts.home
        self._store = parts.store
        self._events = parts.events
        self._kinds = parts.kinds
        self._disks = disks
        self._networks = networks
        self._ssh_port = ssh_port

    def machines(self, vm: Vm) -> Machines:
        """The machines of the VM's kind. Raises MachineError."""
        return self._kinds.get(vm.kind)

    def folder(self, vm: Vm) -> Path:
        """The VM's private folder."""
        return self._home.vms / vm.id

    def has_power(self, vm: Vm) -> bool:
        """Whether there is a machine that runs (a VM without disks has none)."""
        return vm.state == "Running" and self.machines(vm).is_running(vm.id)

    def disks(self, vm: Vm) -> list[Disk]:
        """The VM's disks by location, the OS disk first."""
        found = [self._store.get(Disk, disk_id) for disk_id in sorted(vm.slots, key=lambda one: vm.slots[one])]
        return [disk for disk in found if disk is not None]

    def addresses(self, vm: Vm) -> list[str]:
        """The addresses on which the VM's SSH must answer on this host, public ones first."""
        found: list[str] = []
        for adapter in self._networks.adapters(vm):
            for ip in self._networks.ips_of(adapter):
                public = self._networks.public_peer(ip)
                if public:
                    found.append(public.address)
                if is_reachable(ip.address):
                    found.append(ip.address)
        return sorted(found, key=lambda address: not address.startswith("127.77."))

    def spec(self, vm: Vm) -> MachineSpec:
        """All that the machine needs to start."""
        return MachineSpec(
            vm_id=vm.id,
            name=vm.name,
            folder=self.folder(vm),
            username=vm.username,
            ssh_keys=tuple(vm.ssh_keys),
            password_sha512=vm.password_sha512,
            user_data=base64.b64decode(vm.user_metadata),
            cpu=vm.cpu,
            memory_mib=int(vm.memory * 1024),
            adapters=tuple(self._adapter(adapter) for adapter in self._networks.adapters(vm)),
            disks=tuple(self._disks.ref(disk, vm.slots[disk.id]) for disk in self.disks(vm)),
            ssh_addresses=tuple(self.addresses(vm)),
            ssh_port=self._ssh_port,
        )

    def _adapter(self, adapter: Netadp) -> Adapter:
        network = self._store.get(Network, adapter.network_id) or self._networks.public_network()
        return Adapter(
            mac=adapter.macaddress,
            addresses=tuple(ip.address for ip in self._networks.ips_of(adapter)),
            gateway=network.gateway,
            netmask=str(ipaddress.ip_network(network.address).netmask),
            nameservers=tuple(NAMESERVERS),
        )

    async def start(self, vm: Vm) -> None:
        """Power on; nothing to do for a VM that runs. Raises MachineError."""
        if vm.state == "Running" and (not vm.slots or self.machines(vm).is_running(vm.id)):
            return
        if not vm.slots:
            # Power without a disk to boot from: real firmware would wait for one for ever.
            vm.wanted_running = True
            self._set(vm, "Running")
            return
        self._set(vm, "Starting")
        self.folder(vm).mkdir(parents=True, exist_ok=True)
        try:
            await self.machines(vm).start(self.spec(vm))
        except BaseException:
            self._set(vm, "Off")
            raise
        vm.wanted_running = True
        self._set(vm, "Running")

    async def stop(self, vm: Vm) -> None:
        """Shut down gracefully."""
        await self._off(vm, self.machines(vm).stop)

    async def turn_off(self, vm: Vm) -> None:
        """Cut the power."""
        await self._off(vm, self.machines(vm).turn_off)

    async def _off(self, vm: Vm, way: Callable[[str], Awaitable[None]]) -> None:
        if vm.state == "Off":
            return
        vm.wanted_running = False
        self._set(vm, "Stopping")
        await way(vm.id)
        self._set(vm, "Off")

    async def refresh_addresses(self, vm: Vm) -> None:
        """Make a running machine answer on its present addresses."""
        if self.has_power(vm):
            await self.machines(vm).set_ssh_addresses(vm.id, self.addresses(vm))

    async def went_off(self, vm_id: str) -> None:
        """A machine went off by itself: say so in its state and history."""
        vm = self._store.get(Vm, vm_id)
        if vm is None or vm.state != "Running":
            return
        vm.wanted_running = False
        self._set(vm, "Off")
        self._events.add(vm, "poweroff", SYSTEM)

    async def resume(self) -> None:
        """After a restart of the cloud: give interrupted objects a sane state, start again what ran."""
        folders = [self.folder(vm) for vm in self._store.all(Vm) if vm.kind == "vm"]
        if folders:
            await self._kinds.kill_leftovers("vm", folders)
        for vm in self._store.all(Vm):
            ran = vm.created and vm.wanted_running
            vm.processing = False
            vm.state = "Off" if vm.created else "Unknown"
            self._store.save(vm)
            if ran:
                self._events.start(vm, "start", SYSTEM, self._starting(vm))

    def _starting(self, vm: Vm) -> Work:
        async def work(_report: Report) -> None:
            await self.start(vm)

        return work

    def _set(self, vm: Vm, state: str) -> None:
        vm.state = state
        if self._store.has(vm):
            self._store.save(vm)
