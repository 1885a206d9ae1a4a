"""/netadp: adapters by themselves (API facts 2.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Firewall
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.routes.context import Context, Ctx, reply
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes, done_at_once
from pulumi_hyperone.local_cloud.state.records import Netadp

router = APIRouter(prefix="/netadp", tags=["netadp"])


@router.get("", name="netadp.list")
async def list_adapters(
    ctx: Ctx,
    assigned_resource: Annotated[str | None, Query(alias="assigned.resource")] = None,
    assigned_id: Annotated[str | None, Query(alias="assigned.id")] = None,
) -> Response:
    """The project's adapters, also of one VM only."""
    found = [one for one in ctx.listing(Netadp) if assigned_resource in (None, "vm") and assigned_id in (None, one.vm)]
    return reply([present.resource(ctx.cloud, one) for one in found])


@router.get("/{ref}", name="netadp.show")
async def show_adapter(ctx: Ctx, ref: str) -> Response:
    """One adapter."""
    return ctx.show(ctx.find(Netadp, ref))


async def _add_firewall(ctx: Context, ref: str, body: Firewall) -> Response:
    return await _set_firewall(ctx, ref, "firewall_add", body.firewall)


async def _remove_firewall(ctx: Context, ref: str, _body: object) -> Response:
    return await _set_firewall(ctx, ref, "firewall_remove", None)


async def _set_firewall(ctx: Context, ref: str, action: str, firewall: str | None) -> Response:
    adapter = ctx.own(Netadp, ref)

    async def work(report: Report) -> None:
        await done_at_once(report)
        adapter.firewall = firewall

    return await ctx.act(adapter, action, work)


add_actions(router, "netadp", {"firewall_add": (Firewall, _add_firewall), "firewall_remove": (None, _remove_firewall)})
add_common_routes(router, Netadp)
