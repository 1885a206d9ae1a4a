"""Disks (v2 facts 3.2)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle import bodies as lifecycle
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.operations import disk as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import DiskCreate, NewName, Resize, Transfer
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import add_common_routes, noun_router
from pulumi_hyperone.local_cloud.state.records import Disk, Image, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

router = noun_router(Disk)
ONE = "/{diskId}"


@router.get("", name="disk.list")
async def list_disks(ctx: Ctx, vm: str | None = None, image: str | None = None) -> Response:  # noqa: ARG001 - filters
    """The project's disks, those of one VM, or those inside of an image."""
    inside, holder = ctx.asked("image"), ctx.asked("vm")
    if inside:
        return reply(present.disks_inside(ctx.find(Image, inside)))
    return ctx.show_all([disk for disk in ctx.listing(Disk) if holder in (None, disk.vm)])


@router.post("", name="disk.create")
async def create_disk(ctx: Ctx, body: DiskCreate) -> Response:
    """Create a disk, blank or a copy of `source`; it ends Detached, or attached to `vm`."""
    return await operations.create(ctx, body.plan(), ctx.own(Vm, body.vm) if body.vm else None)


@router.patch(ONE, name="disk.update")
async def update_disk(ctx: Ctx, body: NewName) -> Response:
    """Change the name."""
    return ctx.show(ctx.edit(ctx.own_at(Disk), lambda disk: setattr(disk, "name", body.name or disk.name)))


@router.delete(ONE, name="disk.delete")
async def delete_disk(ctx: Ctx) -> Response:
    """Delete a Detached disk."""
    return await operations.delete(ctx, ctx.own_at(Disk))


@router.post(ONE + "/actions/detach", name="vm.hdd.detach")
async def detach(ctx: Ctx) -> Response:
    """Detach a disk from the VM that has it."""
    disk = ctx.own_at(Disk)
    vm = ctx.store.get(Vm, disk.vm) if disk.vm else None
    if vm is None:
        raise bad_request(f"disk '{disk.id}' is {disk.state}, not Attached")
    ctx.cloud.vms.check_detachable(vm, disk)
    return await ctx.act(disk, "detach", lambda _report: ctx.cloud.vms.detach(vm, disk), busy=(vm,))


@router.post(ONE + "/actions/resize", name="disk.resize")
async def resize(ctx: Ctx, body: Resize) -> Response:
    """Grow a disk."""
    return await operations.resize(ctx, ctx.own_at(Disk), body.size)


@router.post(ONE + "/actions/transfer", name="disk.transfer")
async def transfer(ctx: Ctx, body: Transfer) -> Response:
    """Move a Detached disk to another project."""
    move = transferring(Disk, operations.refuse_attached)
    return await move(ctx, ctx.own_at(Disk).id, lifecycle.Transfer(project=body.project))


add_common_routes(router, Disk)
