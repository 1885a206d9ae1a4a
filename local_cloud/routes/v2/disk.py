"""Disks (v2 facts 3.2)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Resize
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.operations import disk as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import DiskCreate, NewName, Transfer
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import noun_router
from pulumi_hyperone.local_cloud.state.records import Disk, Image, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request


async def _create(ctx: Context, body: DiskCreate) -> Response:
    """Create a disk, blank or a copy of `source`; it ends Detached, or attached to `vm`."""
    return await operations.create(ctx, body.plan(), ctx.own(Vm, body.vm) if body.vm else None)


async def _detach(ctx: Context, disk: Disk) -> Response:
    """Detach a disk from the VM that has it."""
    vm = ctx.store.get(Vm, disk.vm) if disk.vm else None
    if vm is None:
        raise bad_request(f"disk '{disk.id}' is {disk.state}, not Attached")
    ctx.cloud.vms.check_detachable(vm, disk)
    return await ctx.act(disk, "detach", lambda _report: ctx.cloud.vms.detach(vm, disk), busy=(vm,))


router = noun_router(
    Disk,
    listed=False,
    create=(DiskCreate, _create),
    update=(NewName, operations.rename),
    delete=(None, operations.delete),
    actions={
        "detach": (None, _detach),
        "resize": (Resize, operations.resize),
        "transfer": (Transfer, transferring(operations.refuse_attached)),
    },
)


@router.get("", name="disk.list")
async def list_disks(ctx: Ctx, vm: str | None = None, image: str | None = None) -> Response:  # noqa: ARG001 - filters
    """The project's disks, those of one VM, or those inside of an image."""
    inside, holder = ctx.asked("image"), ctx.asked("vm")
    if inside:
        return reply(present.disks_inside(ctx.find(Image, inside)))
    return ctx.show_all([disk for disk in ctx.listing(Disk) if holder in (None, disk.vm)])
