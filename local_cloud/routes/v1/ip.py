"""/ip (API facts 2.4; 5, rows 13-15)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access import lookup
from pulumi_hyperone.local_cloud.lifecycle.bodies import Associate, IpCreate, IpUpdate, Transfer
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.lifecycle.networks import ip_state, refuse_protected
from pulumi_hyperone.local_cloud.routes.context import Context, Creation, Ctx
from pulumi_hyperone.local_cloud.routes.v1.actions import transferring
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes, done_at_once
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Ip, Netadp, Network, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

router = APIRouter(prefix="/ip", tags=["ip"])


@router.get("", name="ip.list")
async def list_ips(ctx: Ctx, network: str | None = None) -> Response:
    """The project's ips; automatic public ones are absent until they are allocated."""
    ips = [ip for ip in ctx.listing(Ip) if ip.persistent or ip.network != catalog.PUBLIC_NETWORK]
    if network is not None:
        chosen = lookup.find(ctx.store, Network, network, ctx.caller).id
        ips = [ip for ip in ips if ip.network == chosen]
    return ctx.show_all(ips)


@router.post("", name="ip.create")
async def create_ip(ctx: Ctx, body: IpCreate | None = None) -> Response:
    """Create an ip of one's own: public, or private in `network`."""
    wanted = body or IpCreate()

    def plan() -> Creation:
        ip = ctx.cloud.networks.plan_ip(ctx.caller, wanted.network, wanted.address)
        ip.tag, ip.ptr_record = wanted.tag, wanted.ptr_record or ""

        async def undo() -> None:
            ctx.store.remove(ip)

        return Creation(ip, done_at_once, undo=undo)

    return await ctx.create(plan)


@router.get("/{ref}", name="ip.show")
async def show_ip(ctx: Ctx, ref: str) -> Response:
    """One ip, by id, address or name."""
    return ctx.show(ctx.find(Ip, ref))


@router.patch("/{ref}", name="ip.update")
async def update_ip(ctx: Ctx, ref: str, body: IpUpdate) -> Response:
    """Change the PTR record."""

    def change(ip: Ip) -> None:
        ip.ptr_record = ip.ptr_record if body.ptr_record is None else body.ptr_record

    return ctx.show(ctx.edit(ctx.own(Ip, ref), change))


@router.delete("/{ref}", name="ip.delete")
async def delete_ip(ctx: Ctx, ref: str) -> Response:
    """Delete a free ip."""
    ip = ctx.own(Ip, ref)
    refuse_protected(ip)
    if ip_state(ip) != "Unallocated":
        raise bad_request(f"ip {ip.address} is in use: its state is {ip_state(ip)}")

    async def work(report: Report) -> None:
        await done_at_once(report)
        ctx.store.remove(ip)
        ctx.cloud.events.forget(ip)

    return await ctx.act(ip, "delete", work)


def _vm_behind(ctx: Context, ip: Ip) -> Vm | None:
    adapter = ctx.store.get(Netadp, ip.netadp) if ip.netadp else None
    return ctx.store.get(Vm, adapter.vm) if adapter and adapter.vm else None


async def _refresh(ctx: Context, vm: Vm | None) -> None:
    if vm is not None:
        await ctx.cloud.power.refresh_addresses(vm)


async def _associate(ctx: Context, ref: str, body: Associate) -> Response:
    public, private = ctx.own(Ip, ref), ctx.own(Ip, body.ip)
    networks = ctx.cloud.networks
    networks.check_pair(public, private)

    async def work(report: Report) -> None:
        await done_at_once(report)
        networks.pair(public, private)
        await _refresh(ctx, _vm_behind(ctx, private))

    return await ctx.act(public, "associate", work, busy=(private,))


async def _disassociate(ctx: Context, ref: str, _body: object) -> Response:
    ip = ctx.own(Ip, ref)
    if ip_state(ip) == "Unallocated":
        raise bad_request(f"ip {ip.address} is not associated")
    private = ctx.store.get(Ip, ip.peer) if ip.peer else ip
    vm = _vm_behind(ctx, private) if private else None

    async def work(report: Report) -> None:
        await done_at_once(report)
        if ip.peer or ip.fip:
            ctx.cloud.networks.unpair(ip)
        else:
            ctx.cloud.networks.release_ip(ip)
        await _refresh(ctx, vm)

    return await ctx.act(ip, "disassociate", work)


async def _allocate(ctx: Context, ref: str, _body: object) -> Response:
    ip = ctx.own(Ip, ref)

    async def work(report: Report) -> None:
        await done_at_once(report)
        ip.persistent = True

    return await ctx.act(ip, "allocate", work)


def _refuse_used(ip: Ip) -> None:
    if ip_state(ip) != "Unallocated":
        raise bad_request(f"ip {ip.address} is in use: its state is {ip_state(ip)}")


add_actions(
    router,
    "ip",
    {
        "associate": (Associate, _associate),
        "disassociate": (None, _disassociate),
        "allocate": (None, _allocate),
        "transfer": (Transfer, transferring(Ip, _refuse_used)),
    },
)
add_common_routes(router, Ip)
