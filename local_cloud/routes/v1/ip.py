"""/ip (API facts 2.4; 5, rows 13-15)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle import bodies
from pulumi_hyperone.local_cloud.routes.operations import ip as operations
from pulumi_hyperone.local_cloud.routes.v1.common import noun_router
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Ip, Network

router = noun_router(Ip, **operations.of_noun(bodies, "allocate"))


@router.get("", name="ip.list")
async def list_ips(ctx: Ctx, network: str | None = None) -> Response:
    """The project's ips; automatic public ones are absent until they are allocated."""
    ips = operations.listed(ctx)
    if network is not None:
        chosen = ctx.find(Network, network).id
        ips = [ip for ip in ips if ip.network == chosen]
    return ctx.show_all(ips)
