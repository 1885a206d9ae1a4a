"""/netadp: adapters by themselves (API facts 2.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.v1.actions import FIREWALL
from pulumi_hyperone.local_cloud.routes.v1.common import noun_router
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Netadp

router = noun_router(Netadp, listed=False, actions=FIREWALL)


@router.get("", name="netadp.list")
async def list_adapters(
    ctx: Ctx,
    assigned_resource: Annotated[str | None, Query(alias="assigned.resource")] = None,
    assigned_id: Annotated[str | None, Query(alias="assigned.id")] = None,
) -> Response:
    """The project's adapters, also of one VM only."""
    found = [one for one in ctx.listing(Netadp) if assigned_resource in (None, "vm") and assigned_id in (None, one.vm)]
    return ctx.show_all(found)
