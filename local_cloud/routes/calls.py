"""Adds routes for operations, alike for both generations of the API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, Signature
from types import NoneType
from typing import Any, get_args

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.state.records import Resource

Call = Callable[..., Awaitable[Response]]
"""Takes the context, the resource where it is about one, and the request's body where it has one."""
Operation = tuple[Any, Call]
"""The type of the body, None without one, and what is done; a body of a type that allows None may be left out."""

SAME = {"disk.detach": "vm.hdd.detach", "ip.persist": "ip.allocate"}
"""Operations of v2 that have another name in v1, by which faults and the log of calls know both."""
_PARAMETER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Calls:
    """Adds routes to `router`; `context` is the annotation that makes FastAPI give a generation's context."""

    router: APIRouter
    context: Any

    def add(self, method: str, path: str, name: str, operation: Operation) -> None:
        """Add the route of an operation that takes the context and the body."""
        body, call = operation

        async def endpoint(**given: Any) -> Response:
            return await call(*given.values())

        parameters = [Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=self.context)]
        if body is not None:
            default = None if NoneType in get_args(body) else Parameter.empty
            parameters.append(Parameter("body", Parameter.KEYWORD_ONLY, annotation=body, default=default))
        endpoint.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # what FastAPI reads
        described = [
            {"name": one, "in": "path", "required": True, "schema": {"type": "string"}}
            for one in _PARAMETER.findall(path)
        ]
        extra = {"parameters": described} if described else None
        about = call.__doc__ or ""
        self.router.add_api_route(path, endpoint, methods=[method], name=name, description=about, openapi_extra=extra)

    def add_noun(
        self,
        kind: type[Resource],
        one: str,
        *,
        listed: bool = True,
        create: Operation | None = None,
        update: Operation | None = None,
        delete: Operation | None = None,
    ) -> None:
        """Add what is done to resources of a kind; `one` is the path of one of them."""
        noun = kind.type_name

        async def list_all(ctx: Context) -> Response:
            """The project's own."""
            return ctx.show_all(ctx.listing(kind))

        async def show(ctx: Context) -> Response:
            """One of them."""
            return ctx.show(ctx.at(kind))

        if listed:
            self.add("GET", "", f"{noun}.list", (None, list_all))
        if create:
            self.add("POST", "", f"{noun}.create", create)
        self.add("GET", one, f"{noun}.show", (None, show))
        for method, verb, operation in (("PATCH", "update", update), ("DELETE", "delete", delete)):
            if operation:
                self.add(method, one, f"{noun}.{verb}", on(kind, operation))

    def add_actions(self, kind: type[Resource], one: str, actions: dict[str, Operation]) -> None:
        """Add `POST …/actions/{name}` for each action on a resource of a kind."""
        for action, operation in actions.items():
            name = SAME.get(f"{kind.type_name}.{action}", f"{kind.type_name}.{action}")
            self.add("POST", f"{one}/actions/{action}", name, on(kind, operation))


def on(kind: type[Resource], operation: Operation) -> Operation:
    """The same for the resource of a kind that the path names, which has to be the project's own.

    A create that was made before is answered although its resource may be gone by now.
    """
    body, call = operation

    @wraps(call)
    async def found(ctx: Context, *given: Any) -> Response:
        return await ctx.repeated() or await call(ctx, ctx.own_at(kind), *given)

    return body, found
