"""Networks (v2 facts 3.4)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle import bodies as lifecycle
from pulumi_hyperone.local_cloud.routes.operations import network as operations
from pulumi_hyperone.local_cloud.routes.v2.bodies import NetworkCreate, NetworkUpdate
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import add_common_routes, noun_router
from pulumi_hyperone.local_cloud.state.records import Network

router = noun_router(Network)
ONE = "/{networkId}"


@router.get("", name="network.list")
async def list_networks(ctx: Ctx) -> Response:
    """The project's networks; the public one is in the platform's project."""
    return ctx.show_all(ctx.listing(Network))


@router.post("", name="network.create")
async def create_network(ctx: Ctx, body: NetworkCreate) -> Response:
    """Create a private network."""
    return await operations.create(ctx, body.plan())


@router.patch(ONE, name="network.update")
async def update_network(ctx: Ctx, body: NetworkUpdate) -> Response:
    """Change name, gateway, or the firewall, which is kept without effect."""
    network = ctx.own_at(Network)
    shown = operations.update(ctx, network, lifecycle.NetworkUpdate(name=body.name, gateway=body.gateway))
    if "firewall" not in body.model_fields_set:
        return shown
    return ctx.show(ctx.edit(network, lambda one: setattr(one, "firewall", body.firewall)))


@router.delete(ONE, name="network.delete")
async def delete_network(ctx: Ctx) -> Response:
    """Delete a network that no adapter is in, with its ips."""
    return await operations.delete(ctx, ctx.own_at(Network))


add_common_routes(router, Network)
