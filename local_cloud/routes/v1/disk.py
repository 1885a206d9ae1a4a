"""/disk (API facts 2.2)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import CloneDisk, DiskCreate, NewName, Rename, Resize, Transfer
from pulumi_hyperone.local_cloud.lifecycle.events import Report
from pulumi_hyperone.local_cloud.routes.context import Context, Creation, Ctx
from pulumi_hyperone.local_cloud.routes.v1.actions import renaming, transferring
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes
from pulumi_hyperone.local_cloud.state.records import Disk, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

router = APIRouter(prefix="/disk", tags=["disk"])
BLANK_KIND = "vm"


@router.get("", name="disk.list")
async def list_disks(ctx: Ctx) -> Response:
    """The project's disks."""
    return ctx.show_all(ctx.listing(Disk))


@router.post("", name="disk.create")
async def create_disk(ctx: Ctx, body: DiskCreate) -> Response:
    """Create a disk, blank or a clone of `source`; it ends Detached."""

    def plan() -> Creation:
        source = ctx.own(Disk, body.source) if body.source else None
        size = body.size or (source.size if source else None)
        if size is None:
            raise bad_request("a disk without a source needs a size", size="required")
        if source:
            ctx.cloud.disks.check_size(source, size)
        disk = _planned(ctx, body.service, body.name, size, source)
        disk.tag = body.tag
        disk.metadata = body.metadata or {}
        return _creation(ctx, disk, source)

    return await ctx.create(plan)


def _planned(ctx: Context, service: str, name: str | None, size: float, source: Disk | None) -> Disk:
    return ctx.cloud.disks.plan(ctx.caller, service, name, size, source.kind if source else BLANK_KIND)


def _creation(ctx: Context, disk: Disk, source: Disk | None) -> Creation:
    async def work(_report: Report) -> None:
        if source:
            await ctx.cloud.disks.clone(disk, source)
        else:
            await ctx.cloud.disks.fill(disk, None)
        disk.state = "Detached"

    return Creation(disk, work, undo=lambda: ctx.cloud.disks.remove(disk), busy=(source,) if source else ())


@router.get("/{ref}", name="disk.show")
async def show_disk(ctx: Ctx, ref: str) -> Response:
    """One disk."""
    return ctx.show(ctx.find(Disk, ref))


@router.patch("/{ref}", name="disk.update")
async def update_disk(ctx: Ctx, ref: str, body: NewName) -> Response:
    """Change the name."""
    return ctx.show(ctx.edit(ctx.own(Disk, ref), lambda disk: setattr(disk, "name", body.name or disk.name)))


@router.delete("/{ref}", name="disk.delete")
async def delete_disk(ctx: Ctx, ref: str) -> Response:
    """Delete a detached disk."""
    disk = ctx.own(Disk, ref)
    ctx.cloud.disks.check_removable(disk)
    return await ctx.act(disk, "delete", lambda _report: ctx.cloud.disks.remove(disk))


async def _resize(ctx: Context, ref: str, body: Resize) -> Response:
    disk = ctx.own(Disk, ref)
    ctx.cloud.disks.check_size(disk, body.size)
    vm = ctx.store.get(Vm, disk.vm) if disk.vm else None
    if vm is not None and vm.state != "Off":
        raise bad_request(f"disk '{disk.id}' is in use: turn vm '{vm.id}' off first")
    return await ctx.act(disk, "resize", lambda _report: ctx.cloud.disks.grow(disk, body.size))


async def _clone(ctx: Context, ref: str, body: CloneDisk) -> Response:
    def plan() -> Creation:
        source = ctx.own(Disk, ref)
        return _creation(ctx, _planned(ctx, body.service, body.name, source.size, source), source)

    return await ctx.create(plan)


def _refuse_attached(disk: Disk) -> None:
    if disk.vm:
        raise bad_request(f"disk '{disk.id}' is attached to vm '{disk.vm}'")


add_actions(
    router,
    "disk",
    {
        "resize": (Resize, _resize),
        "clone": (CloneDisk, _clone),
        "rename": (Rename, renaming(Disk)),
        "transfer": (Transfer, transferring(Disk, _refuse_attached)),
    },
)
add_common_routes(router, Disk)
