"""Projects, their keys, quotas and events (v2 facts 1.2, 3.5)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Body, Name
from pulumi_hyperone.local_cloud.routes.calls import Calls
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.operations import project as operations
from pulumi_hyperone.local_cloud.routes.paging import Limit, Skip, page
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import NewName, TagArray, Uri, uri_of
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx, V2Context
from pulumi_hyperone.local_cloud.routes.v2.credentials import CREDENTIALS
from pulumi_hyperone.local_cloud.routes.v2.nouns import EVENTS_SHOWN, add_tag_routes
from pulumi_hyperone.local_cloud.state.catalog import fixed_id
from pulumi_hyperone.local_cloud.state.records import RESOURCES, Disk, Event, Project, Resource, Vm
from pulumi_hyperone.local_cloud.state.refusals import ApiError
from pulumi_hyperone.local_cloud.state.uris import last_segment

router = APIRouter(prefix="/iam/project", tags=["project"])
ONE = "/{projectId}"
UNITS = {"count": "", "memory": "GiB", "size": "GiB"}


class ProjectCreate(Body):
    """POST /iam/project."""

    name: Name
    organisation: Annotated[Uri, uri_of("iam/organisation")]
    tag: TagArray = Field(default_factory=dict)


def own_project(ctx: V2Context) -> Project:
    """The project of the path. Raises a 403 for the platform's."""
    project = ctx.caller.chosen
    if project is None or not ctx.actor.may_use(project):
        raise ApiError(403, "the project is not the caller's")
    return project


@router.get("", name="project.list")
async def list_projects(
    ctx: Ctx, *, active: bool = False, organisation: str | None = None, limit: Limit = None
) -> Response:
    """The caller's projects."""
    inside = last_segment(organisation) if organisation else None
    found = operations.listed(ctx, active or None, inside)
    return reply([present.project(ctx.store, one) for one in page(found, limit, 0)])


@router.post("", name="project.create")
async def create_project(ctx: Ctx, body: ProjectCreate) -> Response:
    """Create a project; only users can."""
    return reply(present.project(ctx.store, operations.create(ctx, body.name, body.organisation, body.tag)))


@router.get(ONE, name="project.show")
async def show_project(ctx: Ctx) -> Response:
    """One project."""
    return reply(present.project(ctx.store, own_project(ctx)))


@router.patch(ONE, name="project.update")
async def update_project(ctx: Ctx, body: NewName) -> Response:
    """Change the name."""
    return reply(present.project(ctx.store, ctx.rename(own_project(ctx), body.name)))


@router.delete(ONE, name="project.delete")
async def delete_project(ctx: Ctx) -> Response:
    """Delete an empty project."""
    project = own_project(ctx)
    operations.delete(ctx, project)
    return reply(present.project(ctx.store, project)) if ctx.dry_run else Response(status_code=204)


@router.get(ONE + "/event", name="project.queue")
async def list_events(ctx: Ctx, limit: Limit = EVENTS_SHOWN, skip: Skip = 0) -> Response:
    """The events of everything in the project, newest first."""
    project = own_project(ctx)
    mine = {one.id for kind in RESOURCES for one in ctx.store.all(kind) if one.project == project.id}
    found = [event for event in ctx.store.all(Event) if event.resource_id in mine]
    return reply([present.event(ctx.store, event) for event in page(found[::-1], limit, skip)])


@router.get(ONE + "/quota", name="project.limit")
async def list_quotas(ctx: Ctx) -> Response:
    """What the project uses and may use: no limit that a build could meet."""
    project = own_project(ctx)
    return reply(
        [
            {
                "id": fixed_id(f"quota:{noun}:{key}"),
                "name": f"{present.KINDS[noun]}/{key}",
                "usage": _usage(ctx, project, noun, key),
                "limit": {"effective": most, "platform": most},
                "metric": {"key": key, "unit": UNITS[key]},
            }
            for noun, limits in operations.LIMITS.items()
            for key, most in limits.items()
        ]
    )


def _usage(ctx: V2Context, project: Project, noun: str, key: str) -> float:
    kind: type[Resource] = next(kind for kind in RESOURCES if kind.type_name == noun)
    found = [one for one in ctx.store.all(kind) if one.project == project.id]
    if key == "memory":
        return sum(one.memory for one in found if isinstance(one, Vm))
    return sum(one.size for one in found if isinstance(one, Disk)) if key == "size" else len(found)


def _shown(ctx: V2Context) -> dict[str, object]:
    return present.project(ctx.store, own_project(ctx))


calls = Calls(router, Ctx)
add_tag_routes(calls, ONE, "project", own_project, own_project)
CREDENTIALS.add(calls, ONE + "/credentialStore", "project.credential", own_project, _shown)
