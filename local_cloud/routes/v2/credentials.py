"""Registered public keys of projects, service accounts and users (v2 facts 1.1, 2.4, 3.5)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.responses import Response

from pulumi_hyperone.local_cloud.lifecycle.bodies import Body, Key, Name
from pulumi_hyperone.local_cloud.lifecycle.credentials import keys_of
from pulumi_hyperone.local_cloud.routes.context import reply
from pulumi_hyperone.local_cloud.routes.operations import keys as operations
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import NewName
from pulumi_hyperone.local_cloud.routes.v2.context import Ctx, V2Context
from pulumi_hyperone.local_cloud.state.records import Project, ServiceAccount, SshKey, User
from pulumi_hyperone.local_cloud.state.refusals import not_found

Owner = Callable[[V2Context], Project | ServiceAccount | User]
Shown = Callable[[V2Context], dict[str, Any]]


class NewCredential(Body):
    """A key of the type `ssh`."""

    name: Name
    type: Literal["ssh"] = "ssh"
    value: Annotated[Key, Field(description="An OpenSSH public key")]


def add_credential_routes(router: APIRouter, path: str, name: str, owner: Owner, parent: Shown) -> None:
    """Add list, create, show, rename and delete below `path`; a delete answers with the `parent` (v2 facts 1.1)."""
    one = path + "/{credentialId}"

    def find(ctx: V2Context) -> SshKey:
        reference = ctx.request.path_params["credentialId"]
        for key in keys_of(ctx.store, owner(ctx).id):
            if key.id == reference:
                return key
        raise not_found("credential", reference)

    @router.get(path, name=f"{name}.list")
    async def list_keys(ctx: Ctx) -> Response:
        """The keys."""
        return reply([present.credential(ctx.store, key) for key in keys_of(ctx.store, owner(ctx).id)])

    @router.post(path, name=f"{name}.create")
    async def add_key(ctx: Ctx, body: NewCredential) -> Response:
        """Register a key."""
        key = operations.register(ctx, owner(ctx).id, body.name, body.value)
        return reply(present.credential(ctx.store, key))

    @router.get(one, name=f"{name}.show")
    async def show_key(ctx: Ctx) -> Response:
        """One key."""
        return reply(present.credential(ctx.store, find(ctx)))

    @router.patch(one, name=f"{name}.update")
    async def rename_key(ctx: Ctx, body: NewName) -> Response:
        """Change the name."""
        return reply(present.credential(ctx.store, operations.rename(ctx, find(ctx), body.name)))

    @router.delete(one, name=f"{name}.delete")
    async def delete_key(ctx: Ctx) -> Response:
        """Forget a key; tokens that it signed are refused from now on."""
        operations.forget(ctx, find(ctx))
        return reply(parent(ctx))
