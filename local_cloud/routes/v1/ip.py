"""/ip (API facts 2.4; 5, rows 13-15)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access import lookup
from pulumi_hyperone.local_cloud.lifecycle.bodies import IpCreate, IpUpdate, Transfer
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import ip as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v1.bodies import Associate
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Ip, Network

router = APIRouter(prefix="/ip", tags=["ip"])


@router.get("", name="ip.list")
async def list_ips(ctx: Ctx, network: str | None = None) -> Response:
    """The project's ips; automatic public ones are absent until they are allocated."""
    ips = operations.listed(ctx)
    if network is not None:
        chosen = lookup.find(ctx.store, Network, network, ctx.caller).id
        ips = [ip for ip in ips if ip.network == chosen]
    return ctx.show_all(ips)


@router.post("", name="ip.create")
async def create_ip(ctx: Ctx, body: IpCreate | None = None) -> Response:
    """Create an ip of one's own: public, or private in `network`."""
    return await operations.create(ctx, body or IpCreate())


@router.get("/{ref}", name="ip.show")
async def show_ip(ctx: Ctx, ref: str) -> Response:
    """One ip, by id, address or name."""
    return ctx.show(ctx.find(Ip, ref))


@router.patch("/{ref}", name="ip.update")
async def update_ip(ctx: Ctx, ref: str, body: IpUpdate) -> Response:
    """Change the PTR record."""
    return operations.update(ctx, ctx.own(Ip, ref), body)


@router.delete("/{ref}", name="ip.delete")
async def delete_ip(ctx: Ctx, ref: str) -> Response:
    """Delete a free ip."""
    return await operations.delete(ctx, ctx.own(Ip, ref))


async def _associate(ctx: Context, ref: str, body: Associate) -> Response:
    return await operations.associate(ctx, ctx.own(Ip, ref), ctx.own(Ip, body.ip))


async def _disassociate(ctx: Context, ref: str, _body: object) -> Response:
    return await operations.disassociate(ctx, ctx.own(Ip, ref))


async def _allocate(ctx: Context, ref: str, _body: object) -> Response:
    return await operations.allocate(ctx, ctx.own(Ip, ref))


add_actions(
    router,
    "ip",
    {
        "associate": (Associate, _associate),
        "disassociate": (None, _disassociate),
        "allocate": (None, _allocate),
        "transfer": (Transfer, transferring(Ip, operations.refuse_used)),
    },
)
add_common_routes(router, Ip)
