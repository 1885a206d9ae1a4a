"""Ips (v2 facts 3.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.operations import ip as operations
from pulumi_hyperone.local_cloud.routes.v2 import bodies
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import noun_router
from pulumi_hyperone.local_cloud.state.records import Ip, Network

router = noun_router(Ip, **operations.of_noun(bodies, "persist"))


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
