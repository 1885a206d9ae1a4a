"""What happens to adapters, and the ips on them (API facts 2.4; of v2 3.4)."""

from __future__ import annotations

from pulumi_hyperone.local_cloud.lifecycle.events import Report, refuse_busy
from pulumi_hyperone.local_cloud.lifecycle.networks import AdapterPlan
from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.state.records import Ip, Netadp, Vm
from pulumi_hyperone.local_cloud.state.refusals import ApiError


async def plug_in(ctx: Context, vm: Vm, plan: AdapterPlan, event: str, replaced: Ip | None = None) -> None:
    """Take the planned addresses at once, so that nobody else can, and give them back when the machine cannot.

    `replaced` is given back once the machine answers on the new ones.
    """
    refuse_busy(vm)
    if not ctx.dry_run:
        plan.adapter.vm = vm.id
        plan.commit(ctx.store)

    async def work(_report: Report) -> None:
        await ctx.cloud.power.refresh_addresses(vm)
        if replaced is not None:
            ctx.cloud.networks.release_ip(replaced)
            await ctx.cloud.power.refresh_addresses(vm)

    try:
        await ctx.complete(vm, event, work)
    except (ApiError, MachineError):
        for ip in plan.ips:
            ctx.cloud.networks.release_ip(ip)
        if not ctx.cloud.networks.ips_of(plan.adapter):
            ctx.store.remove(plan.adapter)
        raise


async def unplug(ctx: Context, vm: Vm, adapter: Netadp) -> None:
    """Remove an adapter and give its addresses back."""

    async def work(_report: Report) -> None:
        ctx.cloud.networks.remove_adapter(adapter)
        await ctx.cloud.power.refresh_addresses(vm)

    await ctx.complete(vm, "netadp_remove", work)
