"""The cloud as a whole: its parts, its start, its restart, its end."""

from __future__ import annotations

import logging
from typing import Any

from pulumi_hyperone.local_cloud.lifecycle.addresses import Addresses, Block, choose_ssh_port
from pulumi_hyperone.local_cloud.lifecycle.disks import DiskLife, remove_trees
from pulumi_hyperone.local_cloud.lifecycle.events import Events
from pulumi_hyperone.local_cloud.lifecycle.images import ImageLife
from pulumi_hyperone.local_cloud.lifecycle.imports import ImageImports
from pulumi_hyperone.local_cloud.lifecycle.networks import NetworkLife
from pulumi_hyperone.local_cloud.lifecycle.parts import Parts
from pulumi_hyperone.local_cloud.lifecycle.power import Power
from pulumi_hyperone.local_cloud.lifecycle.vms import VmLife
from pulumi_hyperone.local_cloud.machines.kinds import MachineKinds
from pulumi_hyperone.local_cloud.machines.threads import in_thread
from pulumi_hyperone.local_cloud.state import account, catalog
from pulumi_hyperone.local_cloud.state.home import Home, port_from_environment
from pulumi_hyperone.local_cloud.state.records import (
    RESOURCES,
    AccessToken,
    CreateKey,
    Disk,
    Event,
    Image,
    Ip,
    Netadp,
    Network,
    Project,
    ServiceAccount,
    SshKey,
    Token,
    Vm,
)
from pulumi_hyperone.local_cloud.state.store import Store
from pulumi_hyperone.local_cloud.testing.calls import CallLog
from pulumi_hyperone.local_cloud.testing.faults import Faults

log = logging.getLogger("local_cloud")


class Cloud:
    """Every part of one cloud, on one home folder."""

    def __init__(self, home: Home) -> None:
        """Open the home folder, making it when it is new; nothing runs yet."""
        home.prepare()
        self.home = home
        self.store = Store(home.database)
        self.account = account.seed(self.store)
        self.block = Block(self.store.setting("block"))
        self.store.set_setting("block", self.block.number)
        self.ssh_port = port_from_environment("HYPERONE_LOCAL_SSH_PORT") or choose_ssh_port(self.block.number)
        self.events = Events(self.store)
        self.addresses = Addresses(self.store, self.block.number, self.ssh_port)
        self.calls = CallLog()
        self.faults = Faults()
        self.kinds = MachineKinds(self._went_off)
        self.networks = NetworkLife(self.store, self.addresses)
        parts = Parts(home, self.store, self.events, self.kinds)
        self.disks = DiskLife(parts)
        self.images = ImageLife(parts, self.disks)
        self.imports = ImageImports(parts, self.images)
        self.power = Power(parts, self.disks, self.networks, self.ssh_port)
        self.vms = VmLife(parts, self.power, self.disks, self.images, self.networks)

    async def _went_off(self, vm_id: str) -> None:
        await self.power.went_off(vm_id)

    async def start(self) -> None:
        """Bring the catalog up to date, end what a crash interrupted, start again the VMs that ran."""
        self._load_catalog()
        self.events.end_interrupted()
        for kind in (Disk, Image, Ip, Netadp, Network):
            for resource in self.store.all(kind):
                if resource.processing:
                    resource.processing = False
                    self.store.save(resource)
        await self.power.resume()

    def _load_catalog(self) -> None:
        known = [catalog.catalog_image(entry) for entry in catalog.CATALOG]
        self.store.save(*[image for image in known if self.store.get(Image, image.id) is None])
        if self.store.get(Network, catalog.PUBLIC_NETWORK) is None:
            self.store.save(catalog.public_network())

    async def close(self) -> None:
        """Stop what runs and close the files; VMs that ran are started again by the next start."""
        await self.events.cancel_all()
        await self.kinds.close()
        self.block.release()
        self.store.close()

    async def reset(self) -> None:
        """Remove every object but the catalog and the seeded account; stop running events and machines first."""
        await self.events.cancel_all()
        for vm in self.store.all(Vm):
            await self.power.machines(vm).turn_off(vm.id)
        folders = [self.power.folder(vm) for vm in self.store.all(Vm)]
        folders += [self.disks.folder(disk) for disk in self.store.all(Disk)]
        folders += [self.images.folder(image) for image in self._made(Image)]
        await in_thread(remove_trees, folders)
        for kind in RESOURCES:
            self.store.remove(*self._made(kind))
        self._reset_accounts()
        self.store.remove(*self.store.all(CreateKey), *self.store.all(Event))
        self.store.removed.clear()
        self.events.clear()
        self.calls.clear()
        self.faults.clear()

    def _made(self, kind: type[Any]) -> list[Any]:
        return [one for one in self.store.all(kind) if one.project != catalog.CATALOG_PROJECT]

    def _reset_accounts(self) -> None:
        seeded = self.account["project"]
        self.store.remove(*[one for one in self.store.all(Token) if one.secret != self.account["token"]])
        self.store.remove(*[one for one in self.store.all(Project) if one.id != seeded], *self.store.all(AccessToken))
        self.store.remove(*[one for one in self.store.all(ServiceAccount) if one.id != account.SERVICE_ACCOUNT])
        self.store.remove(*[one for one in self.store.all(SshKey) if one.owner != account.SERVICE_ACCOUNT])
        for project in self.store.all(Project):
            project.tag = {}
            self.store.save(project)
        for service_account in self.store.all(ServiceAccount):
            service_account.tag = {}
            self.store.save(service_account)
