"""/network and the ips in one (API facts 2.4)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import NetworkCreate, NetworkUpdate
from pulumi_hyperone.local_cloud.lifecycle.networks import ip_state, refuse_protected
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import network as operations
from pulumi_hyperone.local_cloud.routes.v1.actions import firewall_actions
from pulumi_hyperone.local_cloud.routes.v1.bodies import NetworkIp
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Ip, Network
from pulumi_hyperone.local_cloud.state.refusals import bad_request, not_found

router = APIRouter(prefix="/network", tags=["network"])


@router.get("", name="network.list")
async def list_networks(ctx: Ctx) -> Response:
    """The project's networks."""
    return ctx.show_all(ctx.listing(Network))


@router.post("", name="network.create")
async def create_network(ctx: Ctx, body: NetworkCreate) -> Response:
    """Create a private network; without `address` the server chooses a range that this host reaches."""
    return await operations.create(ctx, body)


@router.get("/{ref}", name="network.show")
async def show_network(ctx: Ctx, ref: str) -> Response:
    """One network."""
    return ctx.show(ctx.find(Network, ref))


@router.patch("/{ref}", name="network.update")
async def update_network(ctx: Ctx, ref: str, body: NetworkUpdate) -> Response:
    """Change name or gateway."""
    return operations.update(ctx, ctx.own(Network, ref), body)


@router.delete("/{ref}", name="network.delete")
async def delete_network(ctx: Ctx, ref: str) -> Response:
    """Delete a network that no adapter is in, with its ips."""
    return await operations.delete(ctx, ctx.own(Network, ref))


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
    if ip_state(found) != "Unallocated":
        raise bad_request(f"ip {found.address} is in use: its state is {ip_state(found)}")
    if not ctx.dry_run:
        ctx.store.remove(found)
        ctx.cloud.events.forget(found)
    return ctx.show(found)


def _ip_of(ctx: Context, network: Network, reference: str) -> Ip:
    for ip in ctx.store.all(Ip):
        if ip.network == network.id and ip.project == ctx.caller.project and reference in (ip.id, ip.address, ip.name):
            return ip
    raise not_found("ip", reference)


add_actions(router, "network", firewall_actions(Network))
add_common_routes(router, Network)
