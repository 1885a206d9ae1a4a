"""Images (v2 facts 3.3)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle import bodies as lifecycle
from pulumi_hyperone.local_cloud.routes.operations import image as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v2.bodies import ImageCreate, ImageUpdate, Transfer
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.routes.v2.nouns import add_common_routes, noun_router
from pulumi_hyperone.local_cloud.state.records import Image

router = noun_router(Image)
ONE = "/{imageId}"


@router.get("", name="image.list")
async def list_images(ctx: Ctx) -> Response:
    """The project's own images; the platform's are those of the platform's project."""
    return ctx.show_all(ctx.listing(Image))


@router.post("", name="image.create")
async def create_image(ctx: Ctx, body: ImageCreate) -> Response:
    """Make an image of a VM, Running or Off."""
    return await operations.create(ctx, body.plan())


@router.patch(ONE, name="image.update")
async def update_image(ctx: Ctx, body: ImageUpdate) -> Response:
    """Change name or description."""
    return operations.update(ctx, ctx.own_at(Image), lifecycle.ImageUpdate.model_validate(body.model_dump()))


@router.delete(ONE, name="image.delete")
async def delete_image(ctx: Ctx) -> Response:
    """Delete an image; VMs made from it stay."""
    return await operations.delete(ctx, ctx.own_at(Image))


@router.post(ONE + "/actions/transfer", name="image.transfer")
async def transfer(ctx: Ctx, body: Transfer) -> Response:
    """Move an image to another project."""
    return await transferring(Image)(ctx, ctx.own_at(Image).id, lifecycle.Transfer(project=body.project))


add_common_routes(router, Image)
