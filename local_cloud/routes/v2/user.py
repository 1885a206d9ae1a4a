"""The caller's own account and its keys (v2 facts 3.5)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.routes.calls import Calls
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx, V2Context
from pulumi_hyperone.local_cloud.routes.v2.credentials import CREDENTIALS
from pulumi_hyperone.local_cloud.state.records import User
from pulumi_hyperone.local_cloud.state.refusals import not_found
from pulumi_hyperone.local_cloud.state.uris import user_uri

router = APIRouter(prefix="/iam/user", tags=["user"])
ONE = "/{userId}"


def own_user(ctx: V2Context) -> User:
    """The user of the path, who is the caller; nobody sees another. Raises a 404."""
    user, reference = ctx.actor.user, ctx.named("userId")
    if user is None or reference not in (user.id, user.login):
        raise not_found("user", reference)
    return user


def _shown(ctx: V2Context) -> dict[str, Any]:
    user = own_user(ctx)
    return {"id": user.id, "name": user.login, "email": user.login, "uri": user_uri(user.id), "state": "Active"}


@router.get(ONE, name="user.show")
async def show_user(ctx: Ctx) -> Response:
    """The caller's account."""
    return reply(_shown(ctx))


CREDENTIALS.add(Calls(router, Ctx), ONE + "/credential", "user.credential", own_user, _shown)
