"""What happens to ips (API facts 2.4; 5, rows 13-15; of v2 3.4)."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Associate, IpCreate, IpUpdate
from pulumi_hyperone.local_cloud.lifecycle.events import Report, done_at_once
from pulumi_hyperone.local_cloud.lifecycle.networks import ip_state, refuse_protected
from pulumi_hyperone.local_cloud.routes.context import Context, Creation
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Ip, Netadp, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request


def listed(ctx: Context) -> list[Ip]:
    """The project's ips; automatic public ones are absent until they are allocated."""
    return [ip for ip in ctx.listing(Ip) if ip.persistent or ip.network != catalog.PUBLIC_NETWORK]


def of_noun(bodies: ModuleType, allocate: str) -> dict[str, Any]:
    """What a generation offers for ips: the bodies are its own, and so is the name of `allocate`."""
    return {
        "listed": False,
        "create": (bodies.IpCreate | None, create),
        "update": (bodies.IpUpdate, update),
        "delete": (None, delete),
        "actions": {
            "associate": (bodies.Associate, associate),
            "disassociate": (None, disassociate),
            allocate: (None, _allocate),
            "transfer": (bodies.Transfer, transferring(refuse_used)),
        },
    }


async def create(ctx: Context, body: IpCreate | None) -> Response:
    """Create an ip of one's own: public, or private in `network`."""
    wanted = body or IpCreate()

    def plan() -> Creation:
        ip = ctx.cloud.networks.plan_ip(ctx.caller, wanted.network, wanted.address)
        ip.tag, ip.ptr_record = wanted.tag, wanted.ptr_record or ""

        async def undo() -> None:
            ctx.store.remove(ip)

        return Creation(ip, done_at_once, undo=undo)

    return await ctx.create(plan)


async def update(ctx: Context, ip: Ip, body: IpUpdate) -> Response:
    """Change the PTR record."""
    return ctx.show(ctx.edit(ip, **body.given()))


async def delete(ctx: Context, ip: Ip) -> Response:
    """Delete a free ip."""
    refuse_protected(ip)
    refuse_used(ip)

    async def work(report: Report) -> None:
        await done_at_once(report)
        ctx.store.remove(ip)
        ctx.cloud.events.forget(ip)

    return await ctx.act(ip, "delete", work)


async def associate(ctx: Context, public: Ip, body: Associate) -> Response:
    """Pair a public ip with a private one."""
    networks, private = ctx.cloud.networks, ctx.own(Ip, body.ip)
    networks.check_pair(public, private)

    async def work(report: Report) -> None:
        await done_at_once(report)
        networks.pair(public, private)
        await _refresh(ctx, _vm_behind(ctx, private))

    return await ctx.act(public, "associate", work, busy=(private,))


async def disassociate(ctx: Context, ip: Ip) -> Response:
    """End the pairing of an ip, or take it off its adapter."""
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


async def _allocate(ctx: Context, ip: Ip) -> Response:
    """Make an automatic ip the user's own."""

    async def work(report: Report) -> None:
        await done_at_once(report)
        ip.persistent = True

    return await ctx.act(ip, "allocate", work)


def refuse_used(ip: Ip) -> None:
    """Refuse an ip that is not free. Raises a 400."""
    if ip_state(ip) != "Unallocated":
        raise bad_request(f"ip {ip.address} is in use: its state is {ip_state(ip)}")


def _vm_behind(ctx: Context, ip: Ip) -> Vm | None:
    adapter = ctx.store.get(Netadp, ip.netadp) if ip.netadp else None
    return ctx.store.get(Vm, adapter.vm) if adapter and adapter.vm else None


async def _refresh(ctx: Context, vm: Vm | None) -> None:
    if vm is not None:
        await ctx.cloud.power.refresh_addresses(vm)
