"""Logging in: OpenID configuration, tokens for passwords, refresh tokens and other tokens (v2 facts 2.3)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.logins import Logins, required
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.v2.context import base_url
from pulumi_hyperone.local_cloud.state.refusals import bad_request

router = APIRouter(tags=["auth"])
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - a name
GRANTS = ("password", "refresh_token", TOKEN_EXCHANGE)
Text = Annotated[str | None, Field(max_length=16_000)]


class TokenRequest(BaseModel):
    """POST /auth/token, in JSON as this API's clients send it."""

    grant_type: Annotated[str, Field(max_length=200)]
    username: Text = None
    password: Text = None
    refresh_token: Text = None
    subject_token: Text = None
    resource: Text = None
    audience: Text = None


class Introspection(BaseModel):
    """POST /auth/introspection."""

    token: Annotated[str, Field(min_length=1, max_length=16_000)]


def _logins(request: Request) -> Logins:
    cloud: Cloud = request.app.state.cloud
    return Logins(cloud.store, base_url(request))


@router.get("/.well-known/openid-configuration", name="auth.configuration")
async def configuration(request: Request) -> Response:
    """Where the token routes are; needs no token."""
    base = base_url(request)
    return reply(
        {
            "issuer": base,
            "token_endpoint": f"{base}/auth/token",
            "introspection_endpoint": f"{base}/auth/introspection",
            "grant_types_supported": list(GRANTS),
        }
    )


@router.post("/auth/token", name="auth.token")
async def token(request: Request, body: TokenRequest) -> Response:
    """An access token; needs no other one."""
    logins, fields = _logins(request), body.model_dump()
    if body.grant_type == "password":
        return reply(logins.by_password(required(fields, "username"), required(fields, "password")))
    if body.grant_type == "refresh_token":
        return reply(logins.by_refresh_token(required(fields, "refresh_token")))
    if body.grant_type == TOKEN_EXCHANGE:
        return reply(logins.exchanged(required(fields, "subject_token"), body.resource, body.audience))
    raise bad_request(f"grant_type must be one of {', '.join(GRANTS)}", grant_type="not supported")


@router.post("/auth/introspection", name="auth.introspection")
async def introspection(request: Request, body: Introspection) -> Response:
    """Whose token it is, for whom, and whether it is still good."""
    return reply(_logins(request).introspected(body.token))
