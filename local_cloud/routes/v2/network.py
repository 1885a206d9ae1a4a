"""Networks (v2 facts 3.4)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import network as operations
from pulumi_hyperone.local_cloud.routes.v2.bodies import NetworkCreate, NetworkUpdate
from pulumi_hyperone.local_cloud.routes.v2.nouns import noun_router
from pulumi_hyperone.local_cloud.state.records import Network


async def _update(ctx: Context, network: Network, body: NetworkUpdate) -> Response:
    """Change name, gateway, or the firewall, which is kept without effect."""
    more = {"firewall": body.firewall} if "firewall" in body.model_fields_set else {}
    return await operations.update(ctx, network, body, **more)


router = noun_router(
    Network,
    create=(NetworkCreate, operations.create),
    update=(NetworkUpdate, _update),
    delete=(None, operations.delete),
)
