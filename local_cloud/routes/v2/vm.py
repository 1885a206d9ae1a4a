"""Virtual machines (v2 facts 3.1)."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, Response

from pulumi_hyperone.local_cloud.lifecycle import bodies as lifecycle
from pulumi_hyperone.local_cloud.routes.operations import vm as operations
from pulumi_hyperone.local_cloud.routes.v2.bodies import AttachDisk, SerialPort, ServiceChange, VmCreate, VmUpdate
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx, V2Context
from pulumi_hyperone.local_cloud.routes.v2.nouns import add_common_routes, noun_router
from pulumi_hyperone.local_cloud.state.records import Disk, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

router = noun_router(Vm)
ONE = "/{vmId}"


@router.get("", name="vm.list")
async def list_vms(ctx: Ctx) -> Response:
    """The project's VMs."""
    return ctx.show_all(ctx.listing(Vm))


@router.post("", name="vm.create")
async def create_vm(ctx: Ctx, body: VmCreate) -> Response:
    """Create a VM with new disks and adapters; it is started unless `start` is false."""
    return await operations.create(ctx, body.plan())


@router.patch(ONE, name="vm.update")
async def update_vm(ctx: Ctx, body: VmUpdate) -> Response:
    """Change name or user metadata."""
    vm = _in_state(ctx, "Running", "Off")
    return operations.update(ctx, vm, lifecycle.VmUpdate.model_validate(body.model_dump()))


@router.delete(ONE, name="vm.delete")
async def delete_vm(ctx: Ctx) -> Response:
    """Delete a VM; its disks survive as Detached."""
    return await operations.delete(ctx, _in_state(ctx, "Running", "Off"), [])


@router.get(ONE + "/disk", name="vm.hdd.list")
async def list_disks(ctx: Ctx) -> Response:
    """The VM's disks, the OS disk first."""
    return ctx.show_all(ctx.cloud.power.disks(ctx.at(Vm)))


@router.post(ONE + "/disk", name="vm.hdd.attach")
async def attach_disk(ctx: Ctx, body: AttachDisk) -> Response:
    """Attach a Detached disk."""
    disk = ctx.own(Disk, body.disk)
    await operations.attach(ctx, _in_state(ctx, "Running", "Off"), disk)
    return ctx.show(disk)


@router.post(ONE + "/actions/start", name="vm.start")
async def start(ctx: Ctx) -> Response:
    """Power on."""
    return await operations.start(ctx, _in_state(ctx, "Off"))


@router.post(ONE + "/actions/stop", name="vm.stop")
async def stop(ctx: Ctx) -> Response:
    """Shut down."""
    return await operations.stop(ctx, _in_state(ctx, "Running"))


@router.post(ONE + "/actions/turnoff", name="vm.turnoff")
async def turn_off(ctx: Ctx) -> Response:
    """Cut the power."""
    return await operations.turn_off(ctx, _in_state(ctx, "Running"))


@router.post(ONE + "/actions/restart", name="vm.restart")
async def restart(ctx: Ctx) -> Response:
    """Shut down and power on."""
    return await operations.restart(ctx, _in_state(ctx, "Running"))


@router.post(ONE + "/actions/flavour", name="vm.flavour")
async def flavour(ctx: Ctx, body: ServiceChange) -> Response:
    """Give a VM that is off another VM type."""
    return await operations.change_type(ctx, ctx.own_at(Vm), body.service)


@router.post(ONE + "/actions/password_reset", name="vm.password_reset")
async def password_reset(ctx: Ctx) -> Response:
    """Refused: there is no agent in the guests."""
    return operations.reset_password(ctx.own_at(Vm))


@router.post(ONE + "/actions/serialport", name="vm.serialport")
async def serial_port(ctx: Ctx, body: SerialPort | None = None) -> Response:
    """The serial console's log as plain text."""
    port = int(body.number) if body else 1
    return PlainTextResponse(operations.serial_log(ctx, ctx.at(Vm), port))


def _in_state(ctx: V2Context, *states: str) -> Vm:
    """The VM of the path in one of the states from which a call is possible. Raises a 400."""
    vm = ctx.own_at(Vm)
    if vm.state not in states and not vm.processing and vm.created:
        raise bad_request(f"vm '{vm.id}' is {vm.state}, not {' or '.join(states)}")
    return vm


add_common_routes(router, Vm)
