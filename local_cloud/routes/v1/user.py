"""/user: login, logout, SSH keys, tokens (API facts 1.6, 2.5). `me` is the caller."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access import auth
from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.account_bodies import Login
from pulumi_hyperone.local_cloud.routes.v1.account_tags import add_tag_routes
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.routes.v1.ssh_keys import add_key_routes
from pulumi_hyperone.local_cloud.state.records import Token, User
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, not_found

router = APIRouter(prefix="/user", tags=["user"])


@router.post("/{login}/session", name="user.session.create")
async def log_in(request: Request, login: str, body: Login) -> Response:
    """Log in with a password; the reply's id is the token. The only call that needs no token."""
    cloud: Cloud = request.app.state.cloud
    user = auth.check_password(cloud.store, spellings(login)[0], body.password)
    client = request.client.host if request.client else ""
    session = auth.open_session(cloud.store, user, client, request.headers.get("user-agent", ""))
    return reply(present.session(*session))


def own_account(ctx: Context, login: str) -> User:
    """The caller's account; nobody sees another's. Raises 400 for a service account, 404 else."""
    user = ctx.caller.user
    if user is None:
        raise bad_request("a service account has no user: log in as a user")
    if login not in ("me", user.login, user.id):
        raise not_found("user", login)
    return user


@router.delete("/{login}/session", name="user.session.delete")
async def log_out(ctx: Ctx, login: str) -> Response:
    """End the session that asks."""
    own_account(ctx, login)
    ctx.store.remove(ctx.caller.token)
    return reply(present.session(ctx.caller.token, ctx.secret))


@router.get("/{login}", name="user.show")
async def show_user(ctx: Ctx, login: str) -> Response:
    """The caller's account."""
    if ctx.caller.user is not None:
        own_account(ctx, login)
    return reply(present.user(ctx.cloud, ctx.caller))


add_tag_routes(router, "/{ref}/tag", "user.tag", own_account)

TOKENS = "/{login}/credential/authtoken"


@router.get(TOKENS, name="user.token.list")
async def list_tokens(ctx: Ctx, login: str) -> Response:
    """The user's sessions."""
    user = own_account(ctx, login)
    return reply([present.token(one) for one in ctx.store.all(Token) if one.user == user.id])


def _token(ctx: Context, login: str, token: str) -> Token:
    user = own_account(ctx, login)
    mine = [one for one in ctx.store.all(Token) if one.user == user.id]
    found = next((one for one in mine if token == one.id or auth.is_secret_of(one, token)), None)
    if found is None:
        raise ApiError(404, "token not found")
    return found


@router.get(TOKENS + "/{token}", name="user.token.show")
async def show_token(ctx: Ctx, login: str, token: str) -> Response:
    """One of the user's sessions."""
    return reply(present.token(_token(ctx, login, token)))


@router.delete(TOKENS + "/{token}", name="user.token.delete")
async def delete_token(ctx: Ctx, login: str, token: str) -> Response:
    """End one of the user's sessions."""
    found = _token(ctx, login, token)
    if not ctx.dry_run:
        ctx.store.remove(found)
    return Response(status_code=204)


add_key_routes(router, "/{ref}/credential/certificate", "user.certificate", own_account)
add_key_routes(router, "/{ref}/credential", "user.credential", own_account)
