"""/vm: virtual machines (API facts 2.1)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Transfer, VmUpdate
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import vm as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v1.actions import renaming
from pulumi_hyperone.local_cloud.routes.v1.bodies import (
    ChangeService,
    ImageOfVm,
    PasswordReset,
    Rename,
    VmCreate,
    VmDelete,
)
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Vm

router = APIRouter(prefix="/vm", tags=["vm"])


@router.get("", name="vm.list")
async def list_vms(ctx: Ctx) -> Response:
    """The project's VMs."""
    return ctx.show_all(ctx.listing(Vm))


@router.post("", name="vm.create")
async def create_vm(ctx: Ctx, body: VmCreate) -> Response:
    """Create a VM, with its disks and adapters; it is started unless `boot` is false."""
    return await operations.create(ctx, body)


@router.get("/{ref}", name="vm.show")
async def show_vm(ctx: Ctx, ref: str) -> Response:
    """One VM."""
    return ctx.show(ctx.find(Vm, ref))


@router.patch("/{ref}", name="vm.update")
async def update_vm(ctx: Ctx, ref: str, body: VmUpdate) -> Response:
    """Change name or user metadata."""
    return operations.update(ctx, ctx.own(Vm, ref), body)


@router.delete("/{ref}", name="vm.delete")
async def delete_vm(ctx: Ctx, ref: str, body: VmDelete | None = None) -> Response:
    """Delete a VM in any state; disks that are not in `removeDisks` survive as Detached."""
    return await operations.delete(ctx, ctx.own(Vm, ref), body.remove_disks if body else [])


@router.get("/{ref}/serialport/{number}", name="vm.serialport")
async def serial_port(ctx: Ctx, ref: str, number: int) -> Response:
    """The serial console's log as plain text; ports above 1 are silent."""
    return PlainTextResponse(operations.serial_log(ctx, ctx.find(Vm, ref), number))


@router.get("/{ref}/console", name="vm.console")
async def console(ctx: Ctx, ref: str) -> Response:
    """A redirect to the serial console's log; there is no graphical console here."""
    vm = ctx.find(Vm, ref)
    return RedirectResponse(f"/v1/vm/{vm.id}/serialport/1", 302)


async def _start(ctx: Context, ref: str, _body: Any) -> Response:
    return await operations.start(ctx, ctx.own(Vm, ref))


async def _stop(ctx: Context, ref: str, _body: Any) -> Response:
    return await operations.stop(ctx, ctx.own(Vm, ref))


async def _turn_off(ctx: Context, ref: str, _body: Any) -> Response:
    return await operations.turn_off(ctx, ctx.own(Vm, ref))


async def _restart(ctx: Context, ref: str, _body: Any) -> Response:
    return await operations.restart(ctx, ctx.own(Vm, ref))


async def _flavour(ctx: Context, ref: str, body: ChangeService) -> Response:
    return await operations.change_type(ctx, ctx.own(Vm, ref), body.service)


async def _image(ctx: Context, ref: str, body: ImageOfVm) -> Response:
    vm = ctx.own(Vm, ref)
    images = ctx.cloud.images
    image = images.plan(
        ctx.caller, vm, name=body.name or vm.name, description=body.description or "", service=body.service, tag={}
    )

    async def work(report: Report) -> None:
        image.processing = True
        ctx.store.save(image)
        try:
            await images.capture(image, vm, ctx.cloud.power.disks(vm), report)
        except BaseException:
            await images.remove(image)
            raise
        image.processing, image.created = False, True
        ctx.store.save(image)
        ctx.cloud.events.add(image, "create", ctx.caller.login)

    return await ctx.act(vm, "image", work)


async def _password_reset(ctx: Context, ref: str, _body: PasswordReset) -> Response:
    return operations.reset_password(ctx.own(Vm, ref))


add_actions(
    router,
    "vm",
    {
        "start": (None, _start),
        "stop": (None, _stop),
        "turnoff": (None, _turn_off),
        "restart": (None, _restart),
        "rename": (Rename, renaming(Vm)),
        "flavour": (ChangeService, _flavour),
        "image": (ImageOfVm, _image),
        "password_reset": (PasswordReset, _password_reset),
        "transfer": (Transfer, transferring(Vm, parts=operations.parts)),
    },
)
add_common_routes(router, Vm)
