"""What happens to VMs (API facts 2.1; of v2 3.1)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import ChangeService, VmCreate, VmDelete, VmUpdate
from pulumi_hyperone.local_cloud.lifecycle.events import Report, done_at_once
from pulumi_hyperone.local_cloud.lifecycle.vms import check_user_metadata
from pulumi_hyperone.local_cloud.routes.context import Context, Creation
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Disk, Resource, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request


async def create(ctx: Context, body: VmCreate) -> Response:
    """Create a VM, with its disks and adapters; it is started unless `boot` is false."""

    def plan() -> Creation:
        vms = ctx.cloud.vms
        made = vms.plan(ctx.caller, body)
        return Creation(
            made.vm,
            work=lambda report: vms.make(made, report),
            commit=lambda: made.commit(ctx.store),
            undo=lambda: vms.undo(made),
        )

    return await ctx.create(plan)


async def update(ctx: Context, vm: Vm, body: VmUpdate) -> Response:
    """Change name or user metadata."""
    check_user_metadata(body.user_metadata)
    return ctx.show(ctx.edit(vm, **body.given()))


async def delete(ctx: Context, vm: Vm, body: VmDelete | None = None) -> Response:
    """Delete a VM; disks that are not named survive as Detached."""
    disks = ctx.cloud.vms.disks_to_remove(ctx.caller, vm, body.remove_disks if body else [])
    return await ctx.act(vm, "delete", lambda _report: ctx.cloud.vms.remove(vm, disks), busy=tuple(disks))


async def start(ctx: Context, vm: Vm) -> Response:
    """Power on."""
    return await ctx.act(vm, "start", lambda _report: ctx.cloud.power.start(vm))


async def stop(ctx: Context, vm: Vm) -> Response:
    """Shut down."""
    return await ctx.act(vm, "stop", lambda _report: ctx.cloud.power.stop(vm))


async def turn_off(ctx: Context, vm: Vm) -> Response:
    """Cut the power."""
    return await ctx.act(vm, "turnoff", lambda _report: ctx.cloud.power.turn_off(vm))


async def restart(ctx: Context, vm: Vm) -> Response:
    """Shut down and power on."""

    async def work(_report: Report) -> None:
        await ctx.cloud.power.stop(vm)
        await ctx.cloud.power.start(vm)

    return await ctx.act(vm, "restart", work)


async def change_type(ctx: Context, vm: Vm, body: ChangeService) -> Response:
    """Give a VM that is off another VM type."""
    service = catalog.find_service(body.service, "vm")
    if vm.state != "Off":
        raise bad_request(f"vm '{vm.id}' is {vm.state}: turn it off to change its type")

    async def work(report: Report) -> None:
        await done_at_once(report)
        vm.service, vm.flavour = service.id, service.name
        vm.cpu, vm.memory = service.cpu, service.memory

    return await ctx.act(vm, "flavour", work)


async def reset_password(_ctx: Context, vm: Vm, _body: object = None) -> Response:
    """Refuse: there is no agent in the guests."""
    raise bad_request(f"vm '{vm.id}': machines of the local cloud have no agent that could reset a password")


def serial_log(ctx: Context, vm: Vm, port: int) -> str:
    """What the machine wrote to a serial port; those above 1 are silent."""
    return ctx.cloud.kinds.serial_log(vm.kind, ctx.cloud.power.folder(vm)) if port == 1 else ""


async def attach(ctx: Context, vm: Vm, disk: Disk) -> None:
    """Attach a Detached disk; the VM may run."""
    ctx.cloud.vms.plan_attach(vm, disk)
    await ctx.complete(vm, "disk_attach", lambda _report: ctx.cloud.vms.attach(vm, disk), busy=(disk,))


def parts(ctx: Context, vm: Vm) -> list[Resource]:
    """What belongs to a VM: disks, adapters, ips."""
    adapters = ctx.cloud.networks.adapters(vm)
    ips = [ip for adapter in adapters for ip in ctx.cloud.networks.ips_of(adapter)]
    return [*ctx.cloud.power.disks(vm), *adapters, *ips]
