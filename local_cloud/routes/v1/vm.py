"""/vm: virtual machines (API facts 2.1)."""

from __future__ import annotations

from starlette.responses import PlainTextResponse, RedirectResponse, Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import ChangeService, Transfer, VmDelete, VmUpdate
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import vm as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v1.actions import RENAME
from pulumi_hyperone.local_cloud.routes.v1.bodies import ImageOfVm, PasswordReset, VmCreate
from pulumi_hyperone.local_cloud.routes.v1.common import noun_router
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Vm


async def _image(ctx: Context, vm: Vm, body: ImageOfVm) -> Response:
    """Make an image of the VM; answers with the VM."""
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


router = noun_router(
    Vm,
    create=(VmCreate, operations.create),
    update=(VmUpdate, operations.update),
    delete=(VmDelete | None, operations.delete),
    actions={
        "start": (None, operations.start),
        "stop": (None, operations.stop),
        "turnoff": (None, operations.turn_off),
        "restart": (None, operations.restart),
        **RENAME,
        "flavour": (ChangeService, operations.change_type),
        "image": (ImageOfVm, _image),
        "password_reset": (PasswordReset, operations.reset_password),
        "transfer": (Transfer, transferring(parts=operations.parts)),
    },
)


@router.get("/{ref}/serialport/{number}", name="vm.serialport")
async def serial_port(ctx: Ctx, ref: str, number: int) -> Response:
    """The serial console's log as plain text; ports above 1 are silent."""
    return PlainTextResponse(operations.serial_log(ctx, ctx.find(Vm, ref), number))


@router.get("/{ref}/console", name="vm.console")
async def console(ctx: Ctx, ref: str) -> Response:
    """A redirect to the serial console's log; there is no graphical console here."""
    vm = ctx.find(Vm, ref)
    return RedirectResponse(f"/v1/vm/{vm.id}/serialport/1", 302)
