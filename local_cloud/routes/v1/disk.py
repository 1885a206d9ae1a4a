"""/disk (API facts 2.2)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import CloneDisk, DiskCreate, Transfer
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import disk as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v1.actions import renaming
from pulumi_hyperone.local_cloud.routes.v1.bodies import NewName, Rename, Resize
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Disk

router = APIRouter(prefix="/disk", tags=["disk"])


@router.get("", name="disk.list")
async def list_disks(ctx: Ctx) -> Response:
    """The project's disks."""
    return ctx.show_all(ctx.listing(Disk))


@router.post("", name="disk.create")
async def create_disk(ctx: Ctx, body: DiskCreate) -> Response:
    """Create a disk, blank or a clone of `source`; it ends Detached."""
    return await operations.create(ctx, body)


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
    return await operations.delete(ctx, ctx.own(Disk, ref))


async def _resize(ctx: Context, ref: str, body: Resize) -> Response:
    return await operations.resize(ctx, ctx.own(Disk, ref), body.size)


async def _clone(ctx: Context, ref: str, body: CloneDisk) -> Response:
    return await operations.clone(ctx, ref, body)


add_actions(
    router,
    "disk",
    {
        "resize": (Resize, _resize),
        "clone": (CloneDisk, _clone),
        "rename": (Rename, renaming(Disk)),
        "transfer": (Transfer, transferring(Disk, operations.refuse_attached)),
    },
)
add_common_routes(router, Disk)
