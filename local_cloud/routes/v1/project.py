"""/project, its SSH keys and service tokens (API facts 1.6, 2.5). Needs no x-project."""

from __future__ import annotations

import secrets

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.operations import project as operations
from pulumi_hyperone.local_cloud.routes.paging import Limit, Skip, page
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.account_bodies import NewRule, ProjectCreate, TokenCreate
from pulumi_hyperone.local_cloud.routes.v1.account_tags import add_tag_routes
from pulumi_hyperone.local_cloud.routes.v1.bodies import NewName
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.routes.v1.ssh_keys import add_key_routes
from pulumi_hyperone.local_cloud.state.records import AccessRule, Project, Token
from pulumi_hyperone.local_cloud.state.refusals import not_found

router = APIRouter(prefix="/project", tags=["project"])


def find_mine(ctx: Context, reference: str) -> Project:
    """One of them by id, else the newest of that name. Raises a 404."""
    mine = operations.mine(ctx)
    for text in spellings(reference):
        for attribute in ("id", "name"):
            found = next((one for one in reversed(mine) if getattr(one, attribute) == text), None)
            if found is not None:
                return found
    raise not_found("project", reference)


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


@router.post("", name="project.create")
async def create_project(ctx: Ctx, body: ProjectCreate) -> Response:
    """Create a project; only users can."""
    return reply(present.project(ctx.cloud, operations.create(ctx, body.name, body.organisation, body.tag)))


@router.get("/{ref}", name="project.show")
async def show_project(ctx: Ctx, ref: str) -> Response:
    """One project by id or name."""
    return reply(present.project(ctx.cloud, find_mine(ctx, ref)))


@router.patch("/{ref}", name="project.update")
async def update_project(ctx: Ctx, ref: str, body: NewName) -> Response:
    """Change the name."""
    return reply(present.project(ctx.cloud, operations.rename(ctx, find_mine(ctx, ref), body.name)))


@router.delete("/{ref}", name="project.delete")
async def delete_project(ctx: Ctx, ref: str) -> Response:
    """Delete an empty project, but not the cloud's own one."""
    project = find_mine(ctx, ref)
    operations.delete(ctx, project)
    return reply(present.project(ctx.cloud, project))


@router.get("/{ref}/limit", name="project.limit")
async def limits(ctx: Ctx, ref: str) -> Response:
    """The limits, sizes in GiB: none that a build could meet."""
    find_mine(ctx, ref)
    return reply(operations.LIMITS)


add_tag_routes(router, "/{ref}/tag", "project.tag", find_mine)

TOKENS = "/{ref}/credential/authtoken"


@router.get(TOKENS, name="project.token.list")
async def list_tokens(ctx: Ctx, ref: str) -> Response:
    """The project's service tokens."""
    project = find_mine(ctx, ref)
    return reply([present.token(one) for one in ctx.store.all(Token) if one.project == project.id])


@router.post(TOKENS, name="project.token.create")
async def create_token(ctx: Ctx, ref: str, body: TokenCreate) -> Response:
    """A new service token; it starts with a rule that allows everything."""
    project = find_mine(ctx, ref)
    token = Token(
        name=body.name,
        secret=secrets.token_hex(24),
        project=project.id,
        access=[AccessRule()],
        created_by=ctx.caller.login,
    )
    if not ctx.dry_run:
        ctx.store.save(token)
    return reply(present.token(token, with_secret=True))


def _token(ctx: Context, ref: str, token: str) -> Token:
    project = find_mine(ctx, ref)
    for one in ctx.store.all(Token):
        if one.project == project.id and any(text in (one.id, one.name) for text in spellings(token)):
            return one
    raise not_found("token", token)


@router.get(TOKENS + "/{token}", name="project.token.show")
async def show_token(ctx: Ctx, ref: str, token: str) -> Response:
    """One service token, with its secret."""
    return reply(present.token(_token(ctx, ref, token), with_secret=True))


@router.patch(TOKENS + "/{token}", name="project.token.update")
async def rename_token(ctx: Ctx, ref: str, token: str, body: NewName) -> Response:
    """Change the name."""
    found = _token(ctx, ref, token)
    if body.name is not None and not ctx.dry_run:
        found.name = body.name
        ctx.store.save(found)
    return reply(present.token(found))


@router.delete(TOKENS + "/{token}", name="project.token.delete")
async def delete_token(ctx: Ctx, ref: str, token: str) -> Response:
    """Revoke a service token."""
    found = _token(ctx, ref, token)
    if not ctx.dry_run:
        ctx.store.remove(found)
    return Response(status_code=204)


@router.get(TOKENS + "/{token}/access", name="project.token.access.list")
async def list_rules(ctx: Ctx, ref: str, token: str) -> Response:
    """The access rules of a token."""
    return reply([present.access_rule(rule) for rule in _token(ctx, ref, token).access])


@router.post(TOKENS + "/{token}/access", name="project.token.access.add")
async def add_rule(ctx: Ctx, ref: str, token: str, body: NewRule) -> Response:
    """Allow more."""
    found = _token(ctx, ref, token)
    rule = AccessRule(method=body.method, path=body.path)
    if not ctx.dry_run:
        found.access.append(rule)
        ctx.store.save(found)
    return reply(present.access_rule(rule))


@router.get(TOKENS + "/{token}/access/{rule}", name="project.token.access.show")
async def show_rule(ctx: Ctx, ref: str, token: str, rule: str) -> Response:
    """One access rule of a token."""
    return reply(present.access_rule(_rule(_token(ctx, ref, token), rule)))


def _rule(token: Token, rule: str) -> AccessRule:
    found = next((one for one in token.access if one.id == rule), None)
    if found is None:
        raise not_found("access rule", rule)
    return found


@router.delete(TOKENS + "/{token}/access/{rule}", name="project.token.access.delete")
async def remove_rule(ctx: Ctx, ref: str, token: str, rule: str) -> Response:
    """Allow less."""
    found = _token(ctx, ref, token)
    gone = _rule(found, rule)
    if not ctx.dry_run:
        found.access = [one for one in found.access if one.id != rule]
        ctx.store.save(found)
    return reply(present.access_rule(gone))


add_key_routes(router, "/{ref}/credentialStore/certificate", "project.certificate", find_mine)
add_key_routes(router, "/{ref}/credentialStore", "project.credential", find_mine)
