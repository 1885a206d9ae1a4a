"""What every noun of a project has: list, show, actions, tag, event, service (v2 facts 1.2, 1.6, 1.7, 3.1)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import among
from pulumi_hyperone.local_cloud.routes.calls import Calls, Operation
from pulumi_hyperone.local_cloud.routes.context import Context, Holder, reply
from pulumi_hyperone.local_cloud.routes.paging import Limit, Skip, page
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import NewTag, TagArray
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Resource
from pulumi_hyperone.local_cloud.state.refusals import not_found
from pulumi_hyperone.local_cloud.state.uris import collection

EVENTS_SHOWN = 100


def noun_router(kind: type[Resource], *, actions: dict[str, Operation] | None = None, **operations: Any) -> APIRouter:
    """The routes of a noun, in a location and project: `operations` as for `Calls.add_noun`, and sub-routes."""
    noun = kind.type_name
    router = APIRouter(prefix=collection(noun, "{locationId}"), tags=[noun])
    one = f"/{{{noun}Id}}"
    calls = Calls(router, Ctx)
    calls.add_noun(kind, one, **operations)
    calls.add_actions(kind, one, actions or {})
    add_tag_routes(calls, one, noun, lambda ctx: ctx.at(kind), lambda ctx: ctx.own_at(kind))

    @router.get(one + "/event", name=f"{noun}.queue")
    async def events(ctx: Ctx, limit: Limit = EVENTS_SHOWN, skip: Skip = 0) -> Response:
        """The events, newest first."""
        found = ctx.cloud.events.of(ctx.at(kind).id)
        return reply([present.event(ctx.store, event) for event in page(found[::-1], limit, skip)])

    async def event(ctx: Context) -> Response:
        """One event."""
        found = among(ctx.cloud.events.of(ctx.at(kind).id), ctx.named("eventId"), "event", ["id"])
        return reply(present.event(ctx.store, found))

    async def services(ctx: Context) -> Response:
        """What it costs."""
        return reply(present.services(ctx.at(kind)))

    async def service(ctx: Context) -> Response:
        """One of its services."""
        return reply(_with_id(ctx, present.services(ctx.at(kind)), "service"))

    calls.add("GET", one + "/event/{eventId}", f"{noun}.queue.show", (None, event))
    calls.add("GET", one + "/service", f"{noun}.services", (None, services))
    calls.add("GET", one + "/service/{serviceId}", f"{noun}.services.show", (None, service))
    return router


def add_tag_routes(calls: Calls, one: str, noun: str, read: Holder, own: Holder) -> None:
    """GET, POST, PUT …/tag and GET, DELETE …/tag/{id} below the path `one` of an object."""

    async def list_tags(ctx: Context) -> Response:
        """The tags."""
        return reply(present.tags(read(ctx)))

    async def add(ctx: Context, body: NewTag) -> Response:
        """Add one tag; one with this key gets the new value."""
        holder = own(ctx)
        changed = ctx.with_tags(holder, {**holder.tag, body.key: body.value})
        return reply(next(tag for tag in present.tags(changed) if tag["key"] == body.key))

    async def replace(ctx: Context, body: dict[str, str]) -> Response:
        """Replace all tags."""
        return reply(present.tags(ctx.with_tags(own(ctx), dict(body))))

    async def show(ctx: Context) -> Response:
        """One tag, by its id."""
        return reply(_with_id(ctx, present.tags(read(ctx)), "tag"))

    async def delete(ctx: Context) -> Response:
        """Remove one tag, by its id."""
        holder = own(ctx)
        gone = _with_id(ctx, present.tags(holder), "tag")["key"]
        ctx.with_tags(holder, {key: text for key, text in holder.tag.items() if key != gone})
        return Response(status_code=204)

    calls.add("GET", f"{one}/tag", f"{noun}.tag.list", (None, list_tags))
    calls.add("POST", f"{one}/tag", f"{noun}.tag.add", (NewTag, add))
    calls.add("PUT", f"{one}/tag", f"{noun}.tag.replace", (TagArray, replace))
    calls.add("GET", f"{one}/tag/{{tagId}}", f"{noun}.tag.show", (None, show))
    calls.add("DELETE", f"{one}/tag/{{tagId}}", f"{noun}.tag.delete", (None, delete))


def _with_id(ctx: Context, shown: list[dict[str, Any]], noun: str) -> dict[str, Any]:
    """The one with the id in the path. Raises a 404."""
    reference = ctx.named(f"{noun}Id")
    found = next((one for one in shown if one["id"] == reference), None)
    if found is None:
        raise not_found(noun, reference)
    return found
