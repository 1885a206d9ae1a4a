"""Ips (v2 facts 3.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle import bodies as lifecycle
from pulumi_hyperone.local_cloud.routes.operations import ip as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v2.bodies import Associate, IpCreate, IpUpdate, Transfer
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import add_common_routes, noun_router
from pulumi_hyperone.local_cloud.state.records import Ip, Network

router = noun_router(Ip)
ONE = "/{ipId}"


@router.get("", name="ip.list")
async def list_ips(
    ctx: Ctx,
    network: str | None = None,  # noqa: ARG001 - read by `asked`, as is the next
    netadp: Annotated[str | None, Query(alias="associated.netadp")] = None,  # noqa: ARG001
) -> Response:
    """The project's ips; automatic ones are listed where an adapter is asked for."""
    adapter, inside = ctx.asked("associated.netadp"), ctx.asked("network")
    found = [ip for ip in ctx.listing(Ip) if ip.netadp == adapter] if adapter else operations.listed(ctx)
    if inside:
        chosen = ctx.find(Network, inside).id
        found = [ip for ip in found if ip.network == chosen]
    return ctx.show_all(found)


@router.post("", name="ip.create")
async def create_ip(ctx: Ctx, body: IpCreate | None = None) -> Response:
    """Create an ip of one's own: public, or private in `network`."""
    return await operations.create(ctx, (body or IpCreate()).plan())


@router.patch(ONE, name="ip.update")
async def update_ip(ctx: Ctx, body: IpUpdate) -> Response:
    """Change the PTR record."""
    return operations.update(ctx, ctx.own_at(Ip), lifecycle.IpUpdate(ptr_record=body.ptr_record))


@router.delete(ONE, name="ip.delete")
async def delete_ip(ctx: Ctx) -> Response:
    """Delete an Unallocated ip."""
    return await operations.delete(ctx, ctx.own_at(Ip))


@router.post(ONE + "/actions/associate", name="ip.associate")
async def associate(ctx: Ctx, body: Associate) -> Response:
    """Pair a public ip with a private one."""
    return await operations.associate(ctx, ctx.own_at(Ip), ctx.own(Ip, body.ip))


@router.post(ONE + "/actions/disassociate", name="ip.disassociate")
async def disassociate(ctx: Ctx) -> Response:
    """End the pairing of an ip."""
    return await operations.disassociate(ctx, ctx.own_at(Ip))


@router.post(ONE + "/actions/persist", name="ip.allocate")
async def persist(ctx: Ctx) -> Response:
    """Make an automatic ip the user's own."""
    return await operations.allocate(ctx, ctx.own_at(Ip))


@router.post(ONE + "/actions/transfer", name="ip.transfer")
async def transfer(ctx: Ctx, body: Transfer) -> Response:
    """Move a free ip to another project."""
    move = transferring(Ip, operations.refuse_used)
    return await move(ctx, ctx.own_at(Ip).id, lifecycle.Transfer(project=body.project))


add_common_routes(router, Ip)
