"""What happens to networks (API facts 2.4; of v2 3.4)."""

from __future__ import annotations

import ipaddress

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import NetworkCreate, NetworkUpdate
from pulumi_hyperone.local_cloud.lifecycle.events import Report, done_at_once
from pulumi_hyperone.local_cloud.lifecycle.networks import check_gateway, refuse_protected
from pulumi_hyperone.local_cloud.routes.context import Context, Creation
from pulumi_hyperone.local_cloud.state.records import Network


async def create(ctx: Context, body: NetworkCreate) -> Response:
    """Create a private network; without `address` the server chooses a range that this host reaches."""

    def plan() -> Creation:
        network = ctx.cloud.networks.plan_network(ctx.caller, body.name, body.address, body.gateway)
        network.tag = body.tag

        async def undo() -> None:
            ctx.store.remove(network)

        return Creation(network, done_at_once, undo=undo)

    return await ctx.create(plan)


async def update(ctx: Context, network: Network, body: NetworkUpdate, **more: str | None) -> Response:
    """Change name or gateway, and the fields in `more`."""
    if body.gateway is not None:
        check_gateway(ipaddress.IPv4Network(network.address), body.gateway)
    return ctx.show(ctx.edit(network, **{**body.given(), **more}))


async def delete(ctx: Context, network: Network) -> Response:
    """Delete a network that no adapter is in, with its ips."""
    refuse_protected(network)
    ctx.cloud.networks.check_network_free(network)

    async def work(report: Report) -> None:
        await done_at_once(report)
        ctx.cloud.networks.check_network_free(network)
        ctx.cloud.networks.remove_network(network)
        ctx.cloud.events.forget(network)

    return await ctx.act(network, "delete", work)
