"""Virtual machines (v2 facts 3.1)."""

from __future__ import annotations

from functools import wraps
from typing import Any

from starlette.responses import PlainTextResponse, Response

from pulumi_hyperone.local_cloud.routes.calls import Call, Calls, Operation, on
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import vm as operations
from pulumi_hyperone.local_cloud.routes.v2.bodies import AttachDisk, ChangeService, SerialPort, VmCreate, VmUpdate
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import noun_router
from pulumi_hyperone.local_cloud.state.records import Disk, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request


def _from(states: tuple[str, ...], call: Call, body: Any = None) -> Operation:
    """The call, refused with a 400 for a VM that is in none of the states."""

    @wraps(call)
    async def checked(ctx: Context, vm: Vm, *given: Any) -> Response:
        if vm.state not in states and not vm.processing and vm.created:
            raise bad_request(f"vm '{vm.id}' is {vm.state}, not {' or '.join(states)}")
        return await call(ctx, vm, *given)

    return body, checked


async def _create(ctx: Context, body: VmCreate) -> Response:
    """Create a VM with new disks and adapters; it is started unless `start` is false."""
    return await operations.create(ctx, body.plan())


async def _serial_port(ctx: Context, body: SerialPort | None) -> Response:
    """The serial console's log as plain text."""
    return PlainTextResponse(operations.serial_log(ctx, ctx.at(Vm), int(body.number) if body else 1))


async def _list_disks(ctx: Context) -> Response:
    """The VM's disks, the OS disk first."""
    return ctx.show_all(ctx.cloud.power.disks(ctx.at(Vm)))


async def _attach(ctx: Context, vm: Vm, body: AttachDisk) -> Response:
    """Attach a Detached disk."""
    disk = ctx.own(Disk, body.disk)
    await operations.attach(ctx, vm, disk)
    return ctx.show(disk)


ONE = "/{vmId}"
OFF, RUNNING, EITHER = ("Off",), ("Running",), ("Running", "Off")
router = noun_router(
    Vm,
    create=(VmCreate, _create),
    update=_from(EITHER, operations.update, VmUpdate),
    delete=_from(EITHER, operations.delete),
    actions={
        "start": _from(OFF, operations.start),
        "stop": _from(RUNNING, operations.stop),
        "turnoff": _from(RUNNING, operations.turn_off),
        "restart": _from(RUNNING, operations.restart),
        "flavour": (ChangeService, operations.change_type),
        "password_reset": (None, operations.reset_password),
    },
)
calls = Calls(router, Ctx)
calls.add("POST", f"{ONE}/actions/serialport", "vm.serialport", (SerialPort | None, _serial_port))
calls.add("GET", f"{ONE}/disk", "vm.hdd.list", (None, _list_disks))
calls.add("POST", f"{ONE}/disk", "vm.hdd.attach", on(Vm, _from(EITHER, _attach, AttachDisk)))
