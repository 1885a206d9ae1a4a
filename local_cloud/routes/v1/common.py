"""The sub-routes that every noun has: tag, accessrights, services, queue (API facts 1.3, 1.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.lifecycle.bodies import Tags
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.paging import Limit, Skip, page
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.bodies import Action, Grant
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Resource
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, not_found

M = TypeVar("M", bound=BaseModel)


def add_common_routes(router: APIRouter, kind: type[Resource]) -> None:
    """Add the common sub-routes for a noun."""
    add_tag_routes(router, kind)
    add_access_routes(router, kind)
    noun = kind.type_name

    @router.get("/{ref}/queue", name=f"{noun}.queue")
    async def queue(ctx: Ctx, ref: str, limit: Limit = None, skip: Skip = 0) -> Response:
        """The events of a resource, newest first."""
        events = ctx.cloud.events.of(ctx.find(kind, ref).id)
        return reply([present.event(one) for one in page(events[::-1], limit, skip)])

    @router.get("/{ref}/services", name=f"{noun}.services")
    async def services(ctx: Ctx, ref: str) -> Response:
        """The services of a resource."""
        return reply(present.services(ctx.find(kind, ref)))

    @router.get("/{ref}/services/{service}", name=f"{noun}.services.show")
    async def service(ctx: Ctx, ref: str, service: str) -> Response:
        """One service of a resource."""
        for one in present.services(ctx.find(kind, ref)):
            if service in (one["id"], one["name"]):
                return reply(one)
        raise not_found("service", service)


def add_tag_routes(router: APIRouter, kind: type[Resource]) -> None:
    """GET, PUT, PATCH …/tag and GET, DELETE …/tag/{key}."""
    noun = kind.type_name

    @router.get("/{ref}/tag", name=f"{noun}.tag.list")
    async def show_tags(ctx: Ctx, ref: str) -> Response:
        """The flat map of tags."""
        return reply(ctx.find(kind, ref).tag)

    @router.put("/{ref}/tag", name=f"{noun}.tag.replace")
    async def replace_tags(ctx: Ctx, ref: str, tags: Tags) -> Response:
        """Replace all tags."""
        return reply(ctx.edit(ctx.own(kind, ref), lambda one: setattr(one, "tag", dict(tags))).tag)

    @router.patch("/{ref}/tag", name=f"{noun}.tag.merge")
    async def merge_tags(ctx: Ctx, ref: str, tags: Tags) -> Response:
        """Merge tags into those that are there."""
        return reply(ctx.edit(ctx.own(kind, ref), lambda one: one.tag.update(tags)).tag)

    @router.get("/{ref}/tag/{key}", name=f"{noun}.tag.show")
    async def show_tag(ctx: Ctx, ref: str, key: str) -> Response:
        """The value of one tag."""
        tags = ctx.find(kind, ref).tag
        return reply(tags[_known_key(tags, key)])

    @router.delete("/{ref}/tag/{key}", name=f"{noun}.tag.delete")
    async def delete_tag(ctx: Ctx, ref: str, key: str) -> Response:
        """Remove one tag; replies with the remaining map."""
        resource = ctx.own(kind, ref)
        known = _known_key(resource.tag, key)
        return reply(ctx.edit(resource, lambda one: one.tag.__delitem__(known)).tag)


def _known_key(tags: dict[str, str], key: str) -> str:
    found = next((text for text in spellings(key) if text in tags), None)
    if found is None:
        raise not_found("tag", key)
    return found


def add_access_routes(router: APIRouter, kind: type[Resource]) -> None:
    """GET, POST …/accessrights and DELETE …/accessrights/{identity}."""
    noun = kind.type_name

    @router.get("/{ref}/accessrights", name=f"{noun}.accessrights.list")
    async def show_rights(ctx: Ctx, ref: str) -> Response:
        """Who else may use the resource: project ids or `*`."""
        return reply(ctx.find(kind, ref).access_rights)

    @router.post("/{ref}/accessrights", name=f"{noun}.accessrights.add")
    async def grant(ctx: Ctx, ref: str, body: Grant) -> Response:
        """Grant access."""

        def add(one: Resource) -> None:
            one.access_rights = [*one.access_rights, body.identity]

        resource = ctx.own(kind, ref)
        granted = resource if body.identity in resource.access_rights else ctx.edit(resource, add)
        return ctx.show(granted)

    @router.delete("/{ref}/accessrights/{identity}", name=f"{noun}.accessrights.delete")
    async def revoke(ctx: Ctx, ref: str, identity: str) -> Response:
        """Revoke access."""

        def remove(one: Resource) -> None:
            one.access_rights = [item for item in one.access_rights if item != identity]

        resource = ctx.own(kind, ref)
        if identity not in resource.access_rights:
            raise not_found("access right", identity)
        return ctx.show(ctx.edit(resource, remove))


ActionHandler = Callable[[Context, str, Any], Any]
Actions = dict[str, tuple[type[BaseModel] | None, ActionHandler]]
"""The actions of a noun by name: the type of their bodies, if they have one, and what they do."""


def add_actions(router: APIRouter, noun: str, actions: Actions) -> None:
    """Add `POST …/actions/{name}` and the generic form `POST …/actions` with `{name, data}` (API facts 2.1)."""

    def add(name: str, model: type[BaseModel] | None, handler: ActionHandler) -> None:
        if model is None:

            @router.post(f"/{{ref}}/actions/{name}", name=f"{noun}.{name}")
            async def plain(ctx: Ctx, ref: str) -> Response:
                return await _call(handler, ctx, ref, None)

            return

        async def with_body(ctx: Ctx, ref: str, body: Any) -> Response:
            return await _call(handler, ctx, ref, body)

        with_body.__annotations__["body"] = model
        router.add_api_route(
            f"/{{ref}}/actions/{name}", with_body, methods=["POST"], name=f"{noun}.{name}", description=handler.__doc__
        )

    for name, (model, handler) in actions.items():
        add(name, model, handler)

    @router.post("/{ref}/actions", name=f"{noun}.actions")
    async def generic(ctx: Ctx, ref: str, body: Action) -> Response:
        """Any action by its name."""
        if body.name not in actions:
            raise unknown_action(body, noun)
        model, handler = actions[body.name]
        return await _call(handler, ctx, ref, parse_data(model, body.data) if model else None)


def unknown_action(body: Action, noun: str) -> ApiError:
    """A 400 for an action that a noun does not have."""
    return bad_request(f"unknown action '{body.name[:60]}' for {noun}", name="unknown action")


def parse_data(model: type[M], data: dict[str, Any] | None) -> M:
    """The `data` of an action in its generic form. Raises a 400 that names its faults."""
    try:
        return model.model_validate(data or {})
    except ValidationError as error:
        fields = {".".join(["data", *map(str, fault["loc"])]): str(fault["msg"]) for fault in error.errors()}
        raise bad_request(f"validation failed: {', '.join(fields)}", **fields) from None


async def _call(handler: ActionHandler, ctx: Context, ref: str, body: Any) -> Response:
    response: Response = await handler(ctx, ref, body)
    return response
