"""/user: login, logout, SSH keys, tokens (API facts 1.6, 2.5). `me` is the caller."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access import auth
from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.routes.calls import Calls
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.account_bodies import Login
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.routes.v1.ssh_keys import KEYS
from pulumi_hyperone.local_cloud.routes.v1.tags import add_tag_routes
from pulumi_hyperone.local_cloud.routes.v1.tokens import add_token_routes, tokens_of
from pulumi_hyperone.local_cloud.state.records import Token, User
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, not_found

router = APIRouter(prefix="/user", tags=["user"])
ONE = "/{login}"


@router.post(f"{ONE}/session", name="user.session.create")
async def log_in(request: Request, login: str, body: Login) -> Response:
    """Log in with a password; the reply's id is the token. The only call that needs no token."""
    cloud: Cloud = request.app.state.cloud
    user = auth.check_password(cloud.store, spellings(login)[0], body.password)
    client = request.client.host if request.client else ""
    session = auth.open_session(cloud.store, user, client, request.headers.get("user-agent", ""))
    return reply(present.session(*session))


def own_account(ctx: Context) -> User:
    """The caller's account; nobody sees another's. Raises 400 for a service account, 404 else."""
    user, login = ctx.caller.user, ctx.named("login")
    if user is None:
        raise bad_request("a service account has no user: log in as a user")
    if login not in ("me", user.login, user.id):
        raise not_found("user", login)
    return user


@router.delete(f"{ONE}/session", name="user.session.delete")
async def log_out(ctx: Ctx, login: str) -> Response:  # noqa: ARG001 - read by `own_account`, as is the next
    """End the session that asks."""
    own_account(ctx)
    ctx.store.remove(ctx.caller.token)
    return reply(present.session(ctx.caller.token, ctx.secret))


@router.get(ONE, name="user.show")
async def show_user(ctx: Ctx, login: str) -> Response:  # noqa: ARG001
    """The caller's account."""
    if ctx.caller.user is not None:
        own_account(ctx)
    return reply(present.user(ctx.cloud, ctx.caller))


def _token(ctx: Context) -> Token:
    """The session that the path names by its id or itself, which no message may show. Raises a 404."""
    reference = ctx.named("token")
    for one in tokens_of(ctx, own_account(ctx).id):
        if reference == one.id or auth.is_secret_of(one, reference):
            return one
    raise ApiError(404, "token not found")


calls = Calls(router, Ctx)
add_tag_routes(calls, f"{ONE}/tag", "user.tag", own_account, own_account)
add_token_routes(calls, f"{ONE}/credential/authtoken", "user.token", own_account, _token, with_secret=False)
KEYS.add(calls, f"{ONE}/credential/certificate", "user.certificate", own_account)
KEYS.add(calls, f"{ONE}/credential", "user.credential", own_account)
