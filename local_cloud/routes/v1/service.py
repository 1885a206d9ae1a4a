"""/service: what can be bought (API facts 2.5)."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.catalog import SERVICES, find_service

router = APIRouter(prefix="/service", tags=["service"])


@router.get("", name="service.list")
async def list_services(
    ctx: Ctx,  # noqa: ARG001 - authenticates
    resource: str | None = None,
    type: str | None = None,  # noqa: A002 - the API's name
    name: str | None = None,
) -> Response:
    """The services, filtered by the nouns they are for, type, and name."""
    found = [
        one.present()
        for one in SERVICES
        if resource in (None, one.resource) and type in (None, "flavour") and name in (None, one.name)
    ]
    return reply(found)


@router.get("/{ref}", name="service.show")
async def show_service(ctx: Ctx, ref: str) -> Response:  # noqa: ARG001 - authenticates
    """One service by id or name."""
    return reply(find_service(spellings(ref)[-1]).present())
