"""Service accounts and their credentials (v2 facts 2.1, 2.4)."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Body, Name
from pulumi_hyperone.local_cloud.lifecycle.credentials import keys_of
from pulumi_hyperone.local_cloud.routes.calls import Calls
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import NewName, TagArray
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx, V2Context
from pulumi_hyperone.local_cloud.routes.v2.credentials import CREDENTIALS
from pulumi_hyperone.local_cloud.routes.v2.nouns import add_tag_routes
from pulumi_hyperone.local_cloud.routes.v2.project import own_project
from pulumi_hyperone.local_cloud.state.account import SERVICE_ACCOUNT
from pulumi_hyperone.local_cloud.state.records import ServiceAccount
from pulumi_hyperone.local_cloud.state.refusals import bad_request, not_found

router = APIRouter(prefix="/iam/project/{projectId}/sa", tags=["sa"])
ONE = "/{saId}"


class AccountCreate(Body):
    """POST …/sa."""

    name: Name
    tag: TagArray = Field(default_factory=dict)


def own_account(ctx: V2Context) -> ServiceAccount:
    """The service account of the path. Raises a 404."""
    reference = ctx.named("saId")
    account = ctx.store.get(ServiceAccount, reference)
    if account is None or account.project != own_project(ctx).id:
        raise not_found("sa", reference)
    return account


@router.get("", name="sa.list")
async def list_accounts(ctx: Ctx) -> Response:
    """The project's service accounts."""
    project = own_project(ctx)
    found = [one for one in ctx.store.all(ServiceAccount) if one.project == project.id and ctx.matches(one)]
    return reply([present.service_account(ctx.store, one) for one in found])


@router.post("", name="sa.create")
async def create_account(ctx: Ctx, body: AccountCreate) -> Response:
    """Create a service account."""
    account = ServiceAccount(
        name=body.name, project=own_project(ctx).id, created_by=ctx.caller.login, tag=dict(body.tag)
    )
    return reply(present.service_account(ctx.store, ctx.save(account)))


@router.get(ONE, name="sa.show")
async def show_account(ctx: Ctx) -> Response:
    """One service account."""
    return reply(_shown(ctx))


@router.patch(ONE, name="sa.update")
async def update_account(ctx: Ctx, body: NewName) -> Response:
    """Change the name."""
    return reply(present.service_account(ctx.store, ctx.rename(own_account(ctx), body.name)))


@router.delete(ONE, name="sa.delete")
async def delete_account(ctx: Ctx) -> Response:
    """Delete a service account with its credentials, but not the cloud's own one."""
    account = own_account(ctx)
    if account.id == SERVICE_ACCOUNT:
        raise bad_request("the local cloud's own service account cannot be deleted")
    if ctx.dry_run:
        return reply(_shown(ctx))
    ctx.store.remove(account, *keys_of(ctx.store, account.id))
    return Response(status_code=204)


def _shown(ctx: V2Context) -> dict[str, Any]:
    return present.service_account(ctx.store, own_account(ctx))


calls = Calls(router, Ctx)
add_tag_routes(calls, ONE, "sa", own_account, own_account)
CREDENTIALS.add(calls, ONE + "/credential", "sa.credential", own_account, _shown)
