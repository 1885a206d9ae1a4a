"""What every noun of a project has: list, show, tag, event, service (v2 facts 1.2, 1.6, 1.7, 3.1)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import MAX_TAGS
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.paging import Limit, Skip, page
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import NewTag, TagArray
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx, V2Context
from pulumi_hyperone.local_cloud.state.records import Project, Resource, ServiceAccount
from pulumi_hyperone.local_cloud.state.refusals import bad_request, not_found
from pulumi_hyperone.local_cloud.state.uris import collection

Tagged = Resource | Project | ServiceAccount
Tags = dict[str, str]
Holder = Callable[[V2Context], Tagged]
"""Finds the object that a path is about; raises what the API says when there is none, or it is another's."""
EVENTS_SHOWN = 100


def noun_router(kind: type[Resource]) -> APIRouter:
    """A router for the resources of a noun, in a location and project."""
    return APIRouter(prefix=collection(kind.type_name, "{locationId}"), tags=[kind.type_name])


def add_common_routes(router: APIRouter, kind: type[Resource]) -> None:
    """Add show, and the sub-routes of a noun."""
    noun = kind.type_name
    one = f"/{{{noun}Id}}"

    @router.get(one, name=f"{noun}.show")
    async def show(ctx: Ctx) -> Response:
        """One of them."""
        return ctx.show(ctx.at(kind))

    add_tag_routes(router, one, noun, lambda ctx: ctx.at(kind), lambda ctx: ctx.own_at(kind))

    @router.get(one + "/event", name=f"{noun}.queue")
    async def events(ctx: Ctx, limit: Limit = EVENTS_SHOWN, skip: Skip = 0) -> Response:
        """The events, newest first."""
        found = ctx.cloud.events.of(ctx.at(kind).id)
        return reply([present.event(ctx.store, event) for event in page(found[::-1], limit, skip)])

    @router.get(one + "/event/{eventId}", name=f"{noun}.queue.show")
    async def event(ctx: Ctx) -> Response:
        """One event."""
        reference = ctx.request.path_params["eventId"]
        for found in ctx.cloud.events.of(ctx.at(kind).id):
            if found.id == reference:
                return reply(present.event(ctx.store, found))
        raise not_found("event", reference)

    @router.get(one + "/service", name=f"{noun}.services")
    async def services(ctx: Ctx) -> Response:
        """What it costs."""
        return reply(present.services(ctx.at(kind)))

    @router.get(one + "/service/{serviceId}", name=f"{noun}.services.show")
    async def service(ctx: Ctx) -> Response:
        """One of its services."""
        reference = ctx.request.path_params["serviceId"]
        for found in present.services(ctx.at(kind)):
            if found["id"] == reference:
                return reply(found)
        raise not_found("service", reference)


def add_tag_routes(router: APIRouter, one: str, noun: str, read: Holder, own: Holder) -> None:
    """GET, POST, PUT …/tag and GET, DELETE …/tag/{id} below the path `one` of an object."""

    @router.get(one + "/tag", name=f"{noun}.tag.list")
    async def list_tags(ctx: Ctx) -> Response:
        """The tags."""
        return reply(present.tags(read(ctx)))

    @router.post(one + "/tag", name=f"{noun}.tag.add")
    async def add_tag(ctx: Ctx, body: NewTag) -> Response:
        """Add one tag; one with this key gets the new value."""
        holder = own(ctx)
        changed = _change(ctx, holder, {**holder.tag, body.key: body.value})
        return reply(next(tag for tag in present.tags(changed) if tag["key"] == body.key))

    @router.put(one + "/tag", name=f"{noun}.tag.replace")
    async def replace_tags(ctx: Ctx, body: TagArray) -> Response:
        """Replace all tags."""
        return reply(present.tags(_change(ctx, own(ctx), dict(body))))

    @router.get(one + "/tag/{tagId}", name=f"{noun}.tag.show")
    async def show_tag(ctx: Ctx) -> Response:
        """One tag, by its id."""
        return reply(_tag(ctx, read(ctx)))

    @router.delete(one + "/tag/{tagId}", name=f"{noun}.tag.delete")
    async def delete_tag(ctx: Ctx) -> Response:
        """Remove one tag, by its id."""
        holder = own(ctx)
        key = _tag(ctx, holder)["key"]
        _change(ctx, holder, {name: text for name, text in holder.tag.items() if name != key})
        return Response(status_code=204)


def _tag(ctx: V2Context, holder: Tagged) -> Tags:
    reference = ctx.request.path_params["tagId"]
    for tag in present.tags(holder):
        if tag["id"] == reference:
            return tag
    raise not_found("tag", reference)


def _change(ctx: V2Context, holder: Tagged, tags: Tags) -> Tagged:
    if len(tags) > MAX_TAGS:
        raise bad_request(f"an object has at most {MAX_TAGS} tags")
    if isinstance(holder, Resource):
        return ctx.edit(holder, lambda one: setattr(one, "tag", tags))
    if ctx.dry_run:
        return holder.model_copy(update={"tag": tags})
    holder.tag = tags
    ctx.store.save(holder)
    return holder
