"""/network and the ips in one (API facts 2.4)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import among
from pulumi_hyperone.local_cloud.lifecycle.bodies import NetworkCreate, NetworkUpdate
from pulumi_hyperone.local_cloud.lifecycle.networks import refuse_protected
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import network as operations
from pulumi_hyperone.local_cloud.routes.operations.ip import refuse_used
from pulumi_hyperone.local_cloud.routes.v1.actions import FIREWALL
from pulumi_hyperone.local_cloud.routes.v1.bodies import NetworkIp
from pulumi_hyperone.local_cloud.routes.v1.common import noun_router
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Ip, Network

router = noun_router(
    Network,
    create=(NetworkCreate, operations.create),
    update=(NetworkUpdate, operations.update),
    delete=(None, operations.delete),
    actions=FIREWALL,
)


@router.get("/{ref}/ip", name="network.ip.list")
async def list_ips(ctx: Ctx, ref: str) -> Response:
    """The ips in a network."""
    network = ctx.find(Network, ref)
    return ctx.show_all(ip for ip in ctx.listing(Ip) if ip.network == network.id)


@router.post("/{ref}/ip", name="network.ip.create")
async def create_ip(ctx: Ctx, ref: str, body: NetworkIp | None = None) -> Response:
    """Create an ip of one's own in a network."""
    network = ctx.own(Network, ref)
    ip = ctx.cloud.networks.plan_ip(ctx.caller, network.id, body.address if body else None)
    ip.tag = body.tag if body else {}
    if not ctx.dry_run:
        ctx.store.save(ip)
        ctx.cloud.events.add(ip, "create", ctx.caller.login)
    return ctx.show(ip)


@router.get("/{ref}/ip/{ip}", name="network.ip.show")
async def show_ip(ctx: Ctx, ref: str, ip: str) -> Response:
    """One ip in a network."""
    return ctx.show(_ip_of(ctx, ctx.find(Network, ref), ip))


@router.delete("/{ref}/ip/{ip}", name="network.ip.delete")
async def delete_ip(ctx: Ctx, ref: str, ip: str) -> Response:
    """Delete a free ip of a network."""
    found = _ip_of(ctx, ctx.own(Network, ref), ip)
    refuse_protected(found)
    refuse_used(found)
    if not ctx.dry_run:
        ctx.store.remove(found)
        ctx.cloud.events.forget(found)
    return ctx.show(found)


def _ip_of(ctx: Context, network: Network, reference: str) -> Ip:
    own = [ip for ip in ctx.store.all(Ip) if ip.network == network.id and ip.project == ctx.caller.project]
    return among(own, reference, "ip", ["id", "address", "name"])
