"""Adapters of VMs (v2 facts 3.4)."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.calls import Calls, on
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import netadp as operations
from pulumi_hyperone.local_cloud.routes.v2.bodies import NetadpCreate, NetadpUpdate
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import noun_router
from pulumi_hyperone.local_cloud.state.records import Netadp, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request, not_found


async def _update(ctx: Context, adapter: Netadp, body: NetadpUpdate) -> Response:
    """Set or remove the firewall, which is kept without effect."""
    return ctx.show(ctx.edit(adapter, firewall=body.firewall))


router = noun_router(Netadp, listed=False, update=(NetadpUpdate, _update))


@router.get("", name="netadp.list")
async def list_adapters(
    ctx: Ctx,
    assigned: Annotated[str | None, Query(alias="assigned.resource")] = None,
    holder: Annotated[str | None, Query(alias="assigned.id")] = None,  # noqa: ARG001 - read by `asked`, as is the next
    network: str | None = None,  # noqa: ARG001
) -> Response:
    """The project's adapters, those of one VM, or those in one network."""
    vm, inside = ctx.asked("assigned.id"), ctx.asked("network")
    found = [one for one in ctx.listing(Netadp) if assigned in (None, "", "vm", "compute/vm") and vm in (None, one.vm)]
    return ctx.show_all([one for one in found if inside in (None, one.network_id)])


async def _plug_in(ctx: Context, body: NetadpCreate) -> Response:
    """Add an adapter to a VM that is off."""
    vm = ctx.own(Vm, body.vm)
    if vm.state != "Off":
        raise bad_request(f"vm '{vm.id}' is {vm.state}, not Off")
    plan = ctx.cloud.networks.plan_adapter(ctx.caller, body.plan(), set())
    await operations.plug_in(ctx, vm, plan, "netadp_add")
    return ctx.show(plan.adapter)


async def _unplug(ctx: Context, adapter: Netadp) -> Response:
    """Remove an adapter and give its addresses back."""
    vm = ctx.store.get(Vm, adapter.vm) if adapter.vm else None
    if vm is None:
        raise not_found("vm of netadp", adapter.id)
    await operations.unplug(ctx, vm, adapter)
    return ctx.show(adapter) if ctx.dry_run else Response(status_code=204)


calls = Calls(router, Ctx)
calls.add("POST", "", "vm.netadp.add", (NetadpCreate, _plug_in))
calls.add("DELETE", "/{netadpId}", "vm.netadp.remove", on(Netadp, (None, _unplug)))
