"""What happens to images (API facts 2.3; of v2 3.3)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import ImageCreate, ImageUpdate
from pulumi_hyperone.local_cloud.routes.context import Context, Creation
from pulumi_hyperone.local_cloud.state.records import Image, Vm
from pulumi_hyperone.local_cloud.state.refusals import bad_request


async def create(ctx: Context, body: ImageCreate) -> Response:
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


async def update(ctx: Context, image: Image, body: ImageUpdate) -> Response:
    """Change name or description."""
    return ctx.show(ctx.edit(image, **body.given()))


async def delete(ctx: Context, image: Image) -> Response:
    """Delete an image; VMs made from it stay."""
    ctx.cloud.images.check_removable(image)
    return await ctx.act(image, "delete", lambda _report: ctx.cloud.images.remove(image))
