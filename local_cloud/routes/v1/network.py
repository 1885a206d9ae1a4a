"""/network and the ips in one (API facts 2.4)."""

from __future__ import annotations

import ipaddress

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import NetworkCreate, NetworkIp, NetworkUpdate
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.lifecycle.networks import check_gateway, ip_state, refuse_protected
from pulumi_hyperone.local_cloud.routes.context import Context, Creation, Ctx
from pulumi_hyperone.local_cloud.routes.v1.actions import firewall_actions
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes, done_at_once
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

    def plan() -> Creation:
        network = ctx.cloud.networks.plan_network(ctx.caller, body.name, body.address, body.gateway)
        network.tag = body.tag

        async def undo() -> None:
            ctx.store.remove(network)

        return Creation(network, done_at_once, undo=undo)

    return await ctx.create(plan)


@router.get("/{ref}", name="network.show")
async def show_network(ctx: Ctx, ref: str) -> Response:
    """One network."""
    return ctx.show(ctx.find(Network, ref))


@router.patch("/{ref}", name="network.update")
async def update_network(ctx: Ctx, ref: str, body: NetworkUpdate) -> Response:
    """Change name or gateway."""
    network = ctx.own(Network, ref)
    if body.gateway is not None:
        check_gateway(ipaddress.IPv4Network(network.address), body.gateway)

    def change(one: Network) -> None:
        one.name = one.name if body.name is None else body.name
        one.gateway = one.gateway if body.gateway is None else body.gateway

    return ctx.show(ctx.edit(network, change))


@router.delete("/{ref}", name="network.delete")
async def delete_network(ctx: Ctx, ref: str) -> Response:
    """Delete a network that no adapter is in, with its ips."""
    network = ctx.own(Network, ref)
    refuse_protected(network)
    ctx.cloud.networks.check_network_free(network)

    async def work(report: Report) -> None:
        await done_at_once(report)
        ctx.cloud.networks.check_network_free(network)
        ctx.cloud.networks.remove_network(network)
        ctx.cloud.events.forget(network)

    return await ctx.act(network, "delete", work)


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
