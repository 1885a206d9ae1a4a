"""/image (API facts 2.3)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import is_visible
from pulumi_hyperone.local_cloud.lifecycle.bodies import ImageCreate, ImageUpdate, Rename, Transfer
from pulumi_hyperone.local_cloud.routes.context import Creation, Ctx
from pulumi_hyperone.local_cloud.routes.v1.actions import renaming, transferring
from pulumi_hyperone.local_cloud.routes.v1.common import add_actions, add_common_routes
from pulumi_hyperone.local_cloud.state.records import Image, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request

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

    def plan() -> Creation:
        if body.replica:
            raise bad_request("images of replicas are not supported by the local cloud", replica="not supported")
        if not body.vm:
            raise bad_request("an image needs a vm", vm="required")
        vm = ctx.own(Vm, body.vm)
        images = ctx.cloud.images
        image = images.plan(
            ctx.caller, vm, name=body.name, description=body.description or "", service=body.service, tag=body.tag
        )
        return Creation(
            image,
            work=lambda report: images.capture(image, vm, ctx.cloud.power.disks(vm), report),
            undo=lambda: images.remove(image),
            busy=(vm,),
        )

    return await ctx.create(plan)


@router.get("/{ref}", name="image.show")
async def show_image(ctx: Ctx, ref: str) -> Response:
    """One image, by id, name or alias such as `debian:12`."""
    return ctx.show(ctx.find(Image, ref))


@router.patch("/{ref}", name="image.update")
async def update_image(ctx: Ctx, ref: str, body: ImageUpdate) -> Response:
    """Change name or description."""

    def change(image: Image) -> None:
        image.name = image.name if body.name is None else body.name
        image.description = image.description if body.description is None else body.description

    return ctx.show(ctx.edit(ctx.own(Image, ref), change))


@router.delete("/{ref}", name="image.delete")
async def delete_image(ctx: Ctx, ref: str) -> Response:
    """Delete an image; VMs made from it stay."""
    image = ctx.own(Image, ref)
    ctx.cloud.images.check_removable(image)
    return await ctx.act(image, "delete", lambda _report: ctx.cloud.images.remove(image))


add_actions(router, "image", {"rename": (Rename, renaming(Image)), "transfer": (Transfer, transferring(Image))})
add_common_routes(router, Image)
