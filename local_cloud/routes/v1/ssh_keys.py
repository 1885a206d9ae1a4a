"""SSH keys of projects and users (API facts 2.5)."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import APIRouter
from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.lifecycle.credentials import keys_of
from pulumi_hyperone.local_cloud.routes.context import Context, reply
from pulumi_hyperone.local_cloud.routes.operations import keys as operations
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.account_bodies import Credential
from pulumi_hyperone.local_cloud.routes.v1.bodies import NewName
from pulumi_hyperone.local_cloud.routes.v1.context import Ctx
from pulumi_hyperone.local_cloud.state.records import Project, SshKey, User
from pulumi_hyperone.local_cloud.state.refusals import not_found

Owner = Callable[[Context, str], Project | User]
"""Finds whose keys a path is about; raises what the API says when the caller may not see them."""


def add_key_routes(router: APIRouter, path: str, name: str, owner: Owner) -> None:
    """Add list, create, show, rename and delete below `path`, which holds the owner's reference as `{ref}`."""

    @router.get(path, name=f"{name}.list")
    async def list_keys(ctx: Ctx, ref: str) -> Response:
        """The SSH keys."""
        return reply([present.ssh_key(key) for key in keys_of(ctx.store, owner(ctx, ref).id)])

    @router.post(path, name=f"{name}.create")
    async def add_key(ctx: Ctx, ref: str, body: Credential) -> Response:
        """Register an SSH key."""
        return reply(present.ssh_key(operations.register(ctx, owner(ctx, ref).id, body.name, body.value)))

    @router.get(path + "/{key}", name=f"{name}.show")
    async def show_key(ctx: Ctx, ref: str, key: str) -> Response:
        """One SSH key."""
        return reply(present.ssh_key(_find(ctx, owner(ctx, ref).id, key)))

    @router.patch(path + "/{key}", name=f"{name}.update")
    async def rename_key(ctx: Ctx, ref: str, key: str, body: NewName) -> Response:
        """Change the name."""
        found = _find(ctx, owner(ctx, ref).id, key)
        return reply(present.ssh_key(operations.rename(ctx, found, body.name)))

    @router.delete(path + "/{key}", name=f"{name}.delete")
    async def delete_key(ctx: Ctx, ref: str, key: str) -> Response:
        """Forget an SSH key."""
        return reply(present.ssh_key(operations.forget(ctx, _find(ctx, owner(ctx, ref).id, key))))


def _find(ctx: Context, owner: str, reference: str) -> SshKey:
    keys = keys_of(ctx.store, owner)
    for text in spellings(reference):
        found = next((key for key in reversed(keys) if text in (key.id, key.name)), None)
        if found is not None:
            return found
    raise not_found("ssh key", reference)
