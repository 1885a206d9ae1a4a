"""/vm: virtual machines (API facts 2.1)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import (
    ChangeService,
    ImageOfVm,
    PasswordReset,
    Rename,
    Transfer,
    VmCreate,
    VmDelete,
    VmUpdate,
)
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.lifecycle.vms import check_user_metadata
from pulumi_hyperone.local_cloud.routes.context import Context, Creation, Ctx
from pulumi_hyperone.local_cloud.routes.v1.actions import renaming, transferring
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes, done_at_once
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Resource, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

router = APIRouter(prefix="/vm", tags=["vm"])


@router.get("", name="vm.list")
async def list_vms(ctx: Ctx) -> Response:
    """The project's VMs."""
    return ctx.show_all(ctx.listing(Vm))


@router.post("", name="vm.create")
async def create_vm(ctx: Ctx, body: VmCreate) -> Response:
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


@router.get("/{ref}", name="vm.show")
async def show_vm(ctx: Ctx, ref: str) -> Response:
    """One VM."""
    return ctx.show(ctx.find(Vm, ref))


@router.patch("/{ref}", name="vm.update")
async def update_vm(ctx: Ctx, ref: str, body: VmUpdate) -> Response:
    """Change name or user metadata."""
    check_user_metadata(body.user_metadata)

    def change(vm: Vm) -> None:
        vm.name = vm.name if body.name is None else body.name
        vm.user_metadata = vm.user_metadata if body.user_metadata is None else body.user_metadata

    return ctx.show(ctx.edit(ctx.own(Vm, ref), change))


@router.delete("/{ref}", name="vm.delete")
async def delete_vm(ctx: Ctx, ref: str, body: VmDelete | None = None) -> Response:
    """Delete a VM in any state; disks that are not in `removeDisks` survive as Detached."""
    vm = ctx.own(Vm, ref)
    disks = ctx.cloud.vms.disks_to_remove(ctx.caller, vm, body.remove_disks if body else [])
    return await ctx.act(vm, "delete", lambda _report: ctx.cloud.vms.remove(vm, disks), busy=tuple(disks))


@router.get("/{ref}/serialport/{number}", name="vm.serialport")
async def serial_port(ctx: Ctx, ref: str, number: int) -> Response:
    """The serial console's log as plain text; ports above 1 are silent."""
    vm = ctx.find(Vm, ref)
    text = ctx.cloud.kinds.serial_log(vm.kind, ctx.cloud.power.folder(vm)) if number == 1 else ""
    return PlainTextResponse(text)


@router.get("/{ref}/console", name="vm.console")
async def console(ctx: Ctx, ref: str) -> Response:
    """A redirect to the serial console's log; there is no graphical console here."""
    vm = ctx.find(Vm, ref)
    return RedirectResponse(f"/v1/vm/{vm.id}/serialport/1", 302)


async def _start(ctx: Context, ref: str, _body: Any) -> Response:
    vm = ctx.own(Vm, ref)
    return await ctx.act(vm, "start", lambda _report: ctx.cloud.power.start(vm))


async def _stop(ctx: Context, ref: str, _body: Any) -> Response:
    vm = ctx.own(Vm, ref)
    return await ctx.act(vm, "stop", lambda _report: ctx.cloud.power.stop(vm))


async def _turn_off(ctx: Context, ref: str, _body: Any) -> Response:
    vm = ctx.own(Vm, ref)
    return await ctx.act(vm, "turnoff", lambda _report: ctx.cloud.power.turn_off(vm))


async def _restart(ctx: Context, ref: str, _body: Any) -> Response:
    vm = ctx.own(Vm, ref)

    async def work(_report: Report) -> None:
        await ctx.cloud.power.stop(vm)
        await ctx.cloud.power.start(vm)

    return await ctx.act(vm, "restart", work)


async def _flavour(ctx: Context, ref: str, body: ChangeService) -> Response:
    vm = ctx.own(Vm, ref)
    service = catalog.find_service(body.service, "vm")
    if vm.state != "Off":
        raise bad_request(f"vm '{vm.id}' is {vm.state}: turn it off to change its type")

    async def work(report: Report) -> None:
        await done_at_once(report)
        vm.service, vm.flavour = service.id, service.name
        vm.cpu, vm.memory = service.cpu, service.memory

    return await ctx.act(vm, "flavour", work)


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
    vm = ctx.own(Vm, ref)
    raise bad_request(f"vm '{vm.id}': machines of the local cloud have no agent that could reset a password")


def _parts(ctx: Context, vm: Vm) -> list[Resource]:
    adapters = ctx.cloud.networks.adapters(vm)
    ips = [ip for adapter in adapters for ip in ctx.cloud.networks.ips_of(adapter)]
    return [*ctx.cloud.power.disks(vm), *adapters, *ips]


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
        "transfer": (Transfer, transferring(Vm, parts=_parts)),
    },
)
add_common_routes(router, Vm)
