"""/image (API facts 2.3)."""

from __future__ import annotations

from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import is_visible
from pulumi_hyperone.local_cloud.lifecycle.bodies import ImageCreate, ImageUpdate, Transfer
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.operations import image as operations
from pulumi_hyperone.local_cloud.routes.operations.transfer import transferring
from pulumi_hyperone.local_cloud.routes.v1.actions import RENAME
from pulumi_hyperone.local_cloud.routes.v1.common import noun_router
from pulumi_hyperone.local_cloud.state.records import Image


async def _recommended(ctx: Context) -> Response:
    """The vendor's images; their `description` is a JSON text."""
    return ctx.show_all(image for image in ctx.store.all(Image) if image.recommended and ctx.matches(image))


async def _all(ctx: Context) -> Response:
    """Every image that the project may use."""
    project = ctx.caller.project
    return ctx.show_all(image for image in ctx.store.all(Image) if is_visible(image, project) and ctx.matches(image))


router = noun_router(
    Image,
    lists={"recommended": _recommended, "all": _all},
    create=(ImageCreate, operations.create),
    update=(ImageUpdate, operations.update),
    delete=(None, operations.delete),
    actions={**RENAME, "transfer": (Transfer, transferring())},
)
