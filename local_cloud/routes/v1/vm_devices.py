"""/vm/{vm}/hdd and /vm/{vm}/netadp: what is plugged into a VM (API facts 2.1, 2.1.2). Replies are 200 only."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access import lookup
from pulumi_hyperone.local_cloud.lifecycle.events import Report, done_at_once
from pulumi_hyperone.local_cloud.lifecycle.networks import AdapterPlan
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.operations import netadp as adapters
from pulumi_hyperone.local_cloud.routes.operations import vm as operations
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.bodies import Action, AddIp, AttachDisk, NewNetadp, ReplaceIp
from pulumi_hyperone.local_cloud.routes.v1.common import parse_data, unknown_action
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Disk, Ip, Netadp, Network, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

router = APIRouter(prefix="/vm/{ref}", tags=["vm"])


@router.get("/hdd", name="vm.hdd.list")
async def list_hdds(ctx: Ctx, ref: str) -> Response:
    """The VM's disks with where they are plugged, the OS disk first."""
    vm = ctx.find(Vm, ref)
    return reply([present.hdd(vm, disk, vm.slots[disk.id]) for disk in ctx.cloud.power.disks(vm)])


@router.get("/hdd/{disk}", name="vm.hdd.show")
async def show_hdd(ctx: Ctx, ref: str, disk: str) -> Response:
    """One of the VM's disks."""
    vm = ctx.find(Vm, ref)
    found = _disk_of(ctx, vm, disk)
    return reply(present.hdd(vm, found, vm.slots[found.id]))


@router.post("/hdd", name="vm.hdd.attach")
async def attach(ctx: Ctx, ref: str, body: AttachDisk) -> Response:
    """Attach a Detached disk; the VM may run."""
    vm = ctx.own(Vm, ref)
    disk = ctx.own(Disk, body.disk)
    await operations.attach(ctx, vm, disk)
    return reply(present.hdd(vm, disk, vm.slots.get(disk.id, 0)))


@router.delete("/hdd/{disk}", name="vm.hdd.detach")
async def detach(ctx: Ctx, ref: str, disk: str) -> Response:
    """Detach a disk, named by the disk's id or name."""
    vm = ctx.own(Vm, ref)
    found = _disk_of(ctx, vm, disk)
    ctx.cloud.vms.check_detachable(vm, found)
    shown = present.hdd(vm, found, vm.slots[found.id])
    await ctx.complete(vm, "disk_detach", lambda _report: ctx.cloud.vms.detach(vm, found), busy=(found,))
    return reply(shown)


def _disk_of(ctx: Context, vm: Vm, reference: str) -> Disk:
    return lookup.among(ctx.cloud.power.disks(vm), reference, f"disk of vm '{vm.id}'")


@router.get("/netadp", name="vm.netadp.list")
async def list_adapters(ctx: Ctx, ref: str) -> Response:
    """The VM's adapters with their addresses."""
    vm = ctx.find(Vm, ref)
    return ctx.show_all(ctx.cloud.networks.adapters(vm))


@router.get("/netadp/{adapter}", name="vm.netadp.show")
async def show_adapter(ctx: Ctx, ref: str, adapter: str) -> Response:
    """One of the VM's adapters."""
    return ctx.show(_adapter_of(ctx, ctx.find(Vm, ref), adapter))


@router.post("/netadp", name="vm.netadp.add")
async def add_adapter(ctx: Ctx, ref: str, body: NewNetadp) -> Response:
    """Add an adapter; SSH answers on its addresses at once."""
    vm = ctx.own(Vm, ref)
    plan = ctx.cloud.networks.plan_adapter(ctx.caller, body, set())
    await adapters.plug_in(ctx, vm, plan, "netadp_add")
    return ctx.show(plan.adapter)


@router.delete("/netadp/{adapter}", name="vm.netadp.remove")
async def remove_adapter(ctx: Ctx, ref: str, adapter: str) -> Response:
    """Remove an adapter and give its addresses back."""
    vm = ctx.own(Vm, ref)
    found = _adapter_of(ctx, vm, adapter)
    shown = present.resource(ctx.cloud, found)
    await adapters.unplug(ctx, vm, found)
    return reply(shown)


def _adapter_of(ctx: Context, vm: Vm, reference: str) -> Netadp:
    return lookup.among(ctx.cloud.networks.adapters(vm), reference, f"netadp of vm '{vm.id}'")


@router.get("/netadp/{adapter}/ip", name="vm.netadp.ip.list")
async def list_ips(ctx: Ctx, ref: str, adapter: str) -> Response:
    """The addresses of an adapter."""
    found = _adapter_of(ctx, ctx.find(Vm, ref), adapter)
    return ctx.show_all(ctx.cloud.networks.ips_of(found))


@router.post("/netadp/{adapter}/ip", name="vm.netadp.ip.add")
async def add_ip(ctx: Ctx, ref: str, adapter: str, body: AddIp | None = None) -> Response:
    """Add an address to an adapter: the user's own, or a new automatic one."""
    vm = ctx.own(Vm, ref)
    found = _adapter_of(ctx, vm, adapter)
    await adapters.plug_in(ctx, vm, _plan_more(ctx, found, body.ip if body else None), "ip_add")
    return ctx.show(found)


def _plan_more(ctx: Context, adapter: Netadp, reference: str | None) -> AdapterPlan:
    networks = ctx.cloud.networks
    network = ctx.store.get(Network, adapter.network_id) or networks.public_network()
    return AdapterPlan(adapter, networks.plan_ips(ctx.caller, network, [reference or ""], set()))


@router.post("/netadp/{adapter}/actions/ip_replace", name="vm.netadp.ip_replace")
async def replace_ip(ctx: Ctx, ref: str, adapter: str, body: ReplaceIp) -> Response:
    """Put another address in the place of one of an adapter's."""
    vm = ctx.own(Vm, ref)
    found = _adapter_of(ctx, vm, adapter)
    replaced = _ip_of(ctx, found, body.old_ip)
    await adapters.plug_in(ctx, vm, _plan_more(ctx, found, body.new_ip), "ip_replace", replaced)
    return ctx.show(found)


@router.post("/netadp/{adapter}/actions", name="vm.netadp.actions")
async def act_on_adapter(ctx: Ctx, ref: str, adapter: str, body: Action) -> Response:
    """The generic form of `ip_replace`."""
    if body.name != "ip_replace":
        raise unknown_action(body, "netadp of a vm")
    return await replace_ip(ctx, ref, adapter, parse_data(ReplaceIp, body.data))


def _ip_of(ctx: Context, adapter: Netadp, reference: str) -> Ip:
    ip = lookup.find(ctx.store, Ip, reference, ctx.caller)
    if ip.netadp != adapter.id:
        raise bad_request(f"ip {ip.address} is not on netadp '{adapter.id}'")
    return ip


@router.delete("/netadp/{adapter}/ip/{ip}", name="vm.netadp.ip.remove")
async def remove_ip(ctx: Ctx, ref: str, adapter: str, ip: str) -> Response:
    """Take an address off an adapter."""
    vm = ctx.own(Vm, ref)
    found = _adapter_of(ctx, vm, adapter)
    address = _ip_of(ctx, found, ip)

    async def work(report: Report) -> None:
        await done_at_once(report)
        ctx.cloud.networks.release_ip(address)
        await ctx.cloud.power.refresh_addresses(vm)

    await ctx.complete(vm, "ip_remove", work)
    return ctx.show(found)
