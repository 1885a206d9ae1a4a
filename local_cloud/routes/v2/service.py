"""What can be bought (v2 facts 3.5)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.state.catalog import SERVICES, find_service

router = APIRouter(prefix="/billing/project/{projectId}/service", tags=["service"])


@router.get("", name="service.list")
async def list_services(
    ctx: Ctx,  # noqa: ARG001 - authenticates
    kind: str | None = None,
    name: str | None = None,
    type: str | None = None,  # noqa: A002 - the API's name
) -> Response:
    """The services, filtered by what they are for (such as `compute/vm`), name and type."""
    shown = [present.service(one) for one in SERVICES]
    wanted = {"resource": kind, "name": name, "type": type}
    return reply([one for one in shown if all(value in (None, one[field]) for field, value in wanted.items())])


@router.get("/{serviceId}", name="service.show")
async def show_service(ctx: Ctx) -> Response:
    """One service."""
    return reply(present.service(find_service(ctx.named("serviceId"))))
