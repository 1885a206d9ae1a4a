"""What every noun has: list and show, actions, tag, accessrights, services, queue (API facts 1.3, 1.5)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import APIRouter
from pydantic import BaseModel, ValidationError
from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.calls import Call, Calls, Operation, on
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.paging import Limit, Skip, page
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.bodies import Action, Grant
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.routes.v1.tags import add_tag_routes, show_tag
from pulumi_hyperone.local_cloud.state.records import Resource
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, not_found

M = TypeVar("M", bound=BaseModel)
ONE = "/{ref}"


def noun_router(
    kind: type[Resource],
    *,
    lists: Mapping[str, Call] | None = None,
    actions: dict[str, Operation] | None = None,
    **operations: Any,
) -> APIRouter:
    """The routes of a noun: `operations` as for `Calls.add_noun`, `lists` besides the project's own, sub-routes."""
    noun = kind.type_name
    router = APIRouter(prefix=f"/{noun}", tags=[noun])
    calls = Calls(router, Ctx)
    for name, call in (lists or {}).items():
        calls.add("GET", f"/{name}", f"{noun}.{name}", (None, call))
    calls.add_noun(kind, ONE, **operations)
    if actions:
        calls.add_actions(kind, ONE, actions)
        calls.add("POST", f"{ONE}/actions", f"{noun}.actions", on(kind, (Action, _any_of(noun, actions))))
    add_tag_routes(calls, f"{ONE}/tag", f"{noun}.tag", lambda ctx: ctx.at(kind), lambda ctx: ctx.own_at(kind))
    calls.add("GET", f"{ONE}/tag/{{key}}", f"{noun}.tag.show", (None, show_tag(lambda ctx: ctx.at(kind))))
    _add_access_routes(calls, kind)
    _add_services_and_queue(router, kind)
    return router


def _any_of(noun: str, actions: Mapping[str, Operation]) -> Call:
    async def generic(ctx: Context, resource: Resource, body: Action) -> Response:
        """Any action by its name, as `{name, data}` (API facts 2.1)."""
        if body.name not in actions:
            raise unknown_action(body, noun)
        model, call = actions[body.name]
        return await (call(ctx, resource, parse_data(model, body.data)) if model else call(ctx, resource))

    return generic


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


def _add_access_routes(calls: Calls, kind: type[Resource]) -> None:
    path, name = f"{ONE}/accessrights", f"{kind.type_name}.accessrights"

    async def show_rights(ctx: Context) -> Response:
        """Who else may use the resource: project ids or `*`."""
        return reply(ctx.at(kind).access_rights)

    async def grant(ctx: Context, resource: Resource, body: Grant) -> Response:
        """Grant access."""
        if body.identity in resource.access_rights:
            return ctx.show(resource)
        return _with_rights(ctx, resource, [*resource.access_rights, body.identity])

    async def revoke(ctx: Context, resource: Resource) -> Response:
        """Revoke access."""
        identity = ctx.named("identity")
        if identity not in resource.access_rights:
            raise not_found("access right", identity)
        return _with_rights(ctx, resource, [one for one in resource.access_rights if one != identity])

    calls.add("GET", path, f"{name}.list", (None, show_rights))
    calls.add("POST", path, f"{name}.add", on(kind, (Grant, grant)))
    calls.add("DELETE", path + "/{identity}", f"{name}.delete", on(kind, (None, revoke)))


def _with_rights(ctx: Context, resource: Resource, rights: list[str]) -> Response:
    return ctx.show(ctx.edit(resource, access_rights=rights))


def _add_services_and_queue(router: APIRouter, kind: type[Resource]) -> None:
    noun = kind.type_name

    @router.get(ONE + "/queue", name=f"{noun}.queue")
    async def queue(ctx: Ctx, ref: str, limit: Limit = None, skip: Skip = 0) -> Response:
        """The events of a resource, newest first."""
        events = ctx.cloud.events.of(ctx.find(kind, ref).id)
        return reply([present.event(one) for one in page(events[::-1], limit, skip)])

    @router.get(ONE + "/services", name=f"{noun}.services")
    async def services(ctx: Ctx, ref: str) -> Response:
        """The services of a resource."""
        return reply(present.services(ctx.find(kind, ref)))

    @router.get(ONE + "/services/{service}", name=f"{noun}.services.show")
    async def service(ctx: Ctx, ref: str, service: str) -> Response:
        """One service of a resource."""
        for one in present.services(ctx.find(kind, ref)):
            if service in (one["id"], one["name"]):
                return reply(one)
        raise not_found("service", service)
