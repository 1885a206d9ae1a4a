"""Tokens of projects and users (API facts 1.6)."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.calls import Calls
from pulumi_hyperone.local_cloud.routes.context import Context, Holder, reply
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.state.records import Token

Find = Callable[[Context], Token]


def tokens_of(ctx: Context, owner: str) -> list[Token]:
    """The tokens of a project or user."""
    return [one for one in ctx.store.all(Token) if owner in (one.project, one.user)]


def add_token_routes(calls: Calls, path: str, name: str, owner: Holder, find: Find, *, with_secret: bool) -> None:
    """Add list, show and delete below `path`; `find` finds the one that the path names."""

    async def list_tokens(ctx: Context) -> Response:
        """The tokens."""
        return reply([present.token(one) for one in tokens_of(ctx, owner(ctx).id)])

    async def show(ctx: Context) -> Response:
        """One token; a service token with its secret."""
        return reply(present.token(find(ctx), with_secret=with_secret))

    async def delete(ctx: Context) -> Response:
        """Revoke a token."""
        ctx.remove(find(ctx))
        return Response(status_code=204)

    calls.add("GET", path, f"{name}.list", (None, list_tokens))
    calls.add("GET", path + "/{token}", f"{name}.show", (None, show))
    calls.add("DELETE", path + "/{token}", f"{name}.delete", (None, delete))
