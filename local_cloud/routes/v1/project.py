"""/project, its SSH keys and service tokens (API facts 1.6, 2.5). Needs no x-project."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import among
from pulumi_hyperone.local_cloud.lifecycle.bodies import NewName
from pulumi_hyperone.local_cloud.routes.calls import Calls
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.operations import project as operations
from pulumi_hyperone.local_cloud.routes.paging import Limit, Skip, page
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.account_bodies import NewRule, ProjectCreate, TokenCreate
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.routes.v1.ssh_keys import KEYS
from pulumi_hyperone.local_cloud.routes.v1.tags import add_tag_routes
from pulumi_hyperone.local_cloud.routes.v1.tokens import add_token_routes, tokens_of
from pulumi_hyperone.local_cloud.state.records import AccessRule, Project, Token

router = APIRouter(prefix="/project", tags=["project"])
ONE = "/{ref}"
TOKENS = f"{ONE}/credential/authtoken"
RULES = TOKENS + "/{token}/access"


def mine(ctx: Context) -> Project:
    """The caller's project by id, else the newest of that name. Raises a 404."""
    return among(operations.mine(ctx), ctx.named("ref"), "project")


@router.get("", name="project.list")
async def list_projects(
    ctx: Ctx,
    *,
    active: bool | None = None,
    organisation: str | None = None,
    limit: Limit = None,
    skip: Skip = 0,
) -> Response:
    """The caller's projects, also by name and tag; new ones are Limited and count as usable."""
    found = operations.listed(ctx, active, organisation)
    return reply([present.project(ctx.cloud, one) for one in page(found, limit, skip)])


async def _create(ctx: Context, body: ProjectCreate) -> Response:
    """Create a project; only users can."""
    return reply(present.project(ctx.cloud, operations.create(ctx, body.name, body.organisation, body.tag)))


async def _show(ctx: Context) -> Response:
    """One project by id or name."""
    return reply(present.project(ctx.cloud, mine(ctx)))


async def _update(ctx: Context, body: NewName) -> Response:
    """Change the name."""
    return reply(present.project(ctx.cloud, ctx.rename(mine(ctx), body.name)))


async def _delete(ctx: Context) -> Response:
    """Delete an empty project, but not the cloud's own one."""
    project = mine(ctx)
    operations.delete(ctx, project)
    return reply(present.project(ctx.cloud, project))


async def _limits(ctx: Context) -> Response:
    """The limits, sizes in GiB: none that a build could meet."""
    mine(ctx)
    return reply(operations.LIMITS)


def _token(ctx: Context) -> Token:
    """The service token that the path names by id or name. Raises a 404."""
    return among(tokens_of(ctx, mine(ctx).id), ctx.named("token"), "token")


async def _create_token(ctx: Context, body: TokenCreate) -> Response:
    """A new service token; it starts with a rule that allows everything."""
    owner, secret = mine(ctx).id, secrets.token_hex(24)
    token = Token(name=body.name, secret=secret, project=owner, access=[AccessRule()], created_by=ctx.caller.login)
    return reply(present.token(ctx.save(token), with_secret=True))


async def _rename_token(ctx: Context, body: NewName) -> Response:
    """Change the name."""
    return reply(present.token(ctx.rename(_token(ctx), body.name)))


async def _list_rules(ctx: Context) -> Response:
    """The access rules of a token."""
    return reply([present.access_rule(rule) for rule in _token(ctx).access])


async def _add_rule(ctx: Context, body: NewRule) -> Response:
    """Allow more."""
    token, rule = _token(ctx), AccessRule(method=body.method, path=body.path)
    _set_rules(ctx, token, [*token.access, rule])
    return reply(present.access_rule(rule))


def _set_rules(ctx: Context, token: Token, rules: list[AccessRule]) -> None:
    if not ctx.dry_run:
        token.access = rules
        ctx.store.save(token)


def _rule(ctx: Context, token: Token) -> AccessRule:
    return among(token.access, ctx.named("rule"), "access rule", ["id"])


async def _show_rule(ctx: Context) -> Response:
    """One access rule of a token."""
    return reply(present.access_rule(_rule(ctx, _token(ctx))))


async def _remove_rule(ctx: Context) -> Response:
    """Allow less."""
    token = _token(ctx)
    gone = _rule(ctx, token)
    _set_rules(ctx, token, [one for one in token.access if one is not gone])
    return reply(present.access_rule(gone))


calls = Calls(router, Ctx)
calls.add("POST", "", "project.create", (ProjectCreate, _create))
calls.add("GET", ONE, "project.show", (None, _show))
calls.add("PATCH", ONE, "project.update", (NewName, _update))
calls.add("DELETE", ONE, "project.delete", (None, _delete))
calls.add("GET", f"{ONE}/limit", "project.limit", (None, _limits))
add_tag_routes(calls, f"{ONE}/tag", "project.tag", mine, mine)
add_token_routes(calls, TOKENS, "project.token", mine, _token, with_secret=True)
calls.add("POST", TOKENS, "project.token.create", (TokenCreate, _create_token))
calls.add("PATCH", TOKENS + "/{token}", "project.token.update", (NewName, _rename_token))
calls.add("GET", RULES, "project.token.access.list", (None, _list_rules))
calls.add("POST", RULES, "project.token.access.add", (NewRule, _add_rule))
calls.add("GET", RULES + "/{rule}", "project.token.access.show", (None, _show_rule))
calls.add("DELETE", RULES + "/{rule}", "project.token.access.delete", (None, _remove_rule))
KEYS.add(calls, f"{ONE}/credentialStore/certificate", "project.certificate", mine)
KEYS.add(calls, f"{ONE}/credentialStore", "project.credential", mine)
