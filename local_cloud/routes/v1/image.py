"""/image (API facts 2.3)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import is_visible
from pulumi_hyperone.local_cloud.lifecycle.bodies import ImageCreate, ImageUpdate, Transfer
from pulumi_hyperone.local_cloud.routes.operations import image as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v1.actions import renaming
from pulumi_hyperone.local_cloud.routes.v1.bodies import Rename
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Image

router = APIRouter(prefix="/image", tags=["image"])


@router.get("", name="image.list")
async def list_images(ctx: Ctx) -> Response:
    """The project's own images."""
    return ctx.show_all(ctx.listing(Image))


@router.get("/recommended", name="image.recommended")
async def recommended_images(ctx: Ctx) -> Response:
    """The vendor's images; their `description` is a JSON text."""
    found = [image for image in ctx.store.all(Image) if image.recommended and ctx.matches(image)]
    return ctx.show_all(found)


@router.get("/all", name="image.all")
async def all_images(ctx: Ctx) -> Response:
    """Every image that the project may use."""
    project = ctx.caller.project
    found = [image for image in ctx.store.all(Image) if is_visible(image, project) and ctx.matches(image)]
    return ctx.show_all(found)


@router.post("", name="image.create")
async def create_image(ctx: Ctx, body: ImageCreate) -> Response:
    """Make an image of a VM, Running or Off."""
    return await operations.create(ctx, body)


@router.get("/{ref}", name="image.show")
async def show_image(ctx: Ctx, ref: str) -> Response:
    """One image, by id, name or alias such as `debian:12`."""
    return ctx.show(ctx.find(Image, ref))


@router.patch("/{ref}", name="image.update")
async def update_image(ctx: Ctx, ref: str, body: ImageUpdate) -> Response:
    """Change name or description."""
    return operations.update(ctx, ctx.own(Image, ref), body)


@router.delete("/{ref}", name="image.delete")
async def delete_image(ctx: Ctx, ref: str) -> Response:
    """Delete an image; VMs made from it stay."""
    return await operations.delete(ctx, ctx.own(Image, ref))


add_actions(router, "image", {"rename": (Rename, renaming(Image)), "transfer": (Transfer, transferring(Image))})
add_common_routes(router, Image)
