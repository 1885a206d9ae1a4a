"""Registered public keys of projects, users and service accounts (API facts 2.5; of v2 1.1, 2.4, 3.5)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from pulumi_hyperone.local_cloud.access.lookup import among
from pulumi_hyperone.local_cloud.lifecycle.credentials import fingerprint, keys_of, parse_key
from pulumi_hyperone.local_cloud.routes.calls import Calls
from pulumi_hyperone.local_cloud.routes.context import Context, Holder, reply
from pulumi_hyperone.local_cloud.state.records import SshKey


@dataclass(frozen=True)
class KeyRoutes:
    """The routes of one generation: what a key is called, in paths and refusals, found by and shown as; its bodies."""

    parameter: str
    noun: str
    keys: Sequence[str]
    shown: Callable[[Context, SshKey], dict[str, Any]]
    new: type[Any]
    changed: type[Any]

    def add(self, calls: Calls, path: str, name: str, owner: Holder, gone: Callable[..., Any] | None = None) -> None:
        """Add list, create, show, rename and delete of an owner's keys; a delete shows the key, or what `gone` does."""

        def keys(ctx: Context) -> list[SshKey]:
            return keys_of(ctx.store, owner(ctx).id)

        def one_of(ctx: Context) -> SshKey:
            return among(keys(ctx), ctx.named(self.parameter), self.noun, self.keys)

        async def list_keys(ctx: Context) -> Response:
            """The SSH keys."""
            return reply([self.shown(ctx, key) for key in keys(ctx)])

        async def create(ctx: Context, body: Any) -> Response:
            """Register an OpenSSH public key."""
            holder, line = owner(ctx).id, parse_key(body.value)
            key = SshKey(owner=holder, name=body.name, value=line, fingerprint=fingerprint(line))
            key.created_by = ctx.caller.login
            return reply(self.shown(ctx, ctx.save(key)))

        async def show(ctx: Context) -> Response:
            """One SSH key."""
            return reply(self.shown(ctx, one_of(ctx)))

        async def update(ctx: Context, body: Any) -> Response:
            """Change the name."""
            return reply(self.shown(ctx, ctx.rename(one_of(ctx), body.name)))

        async def delete(ctx: Context) -> Response:
            """Forget a key; tokens that it signed are refused from now on."""
            key = one_of(ctx)
            ctx.remove(key)
            return reply(gone(ctx) if gone else self.shown(ctx, key))

        one = f"{path}/{{{self.parameter}}}"
        calls.add("GET", path, f"{name}.list", (None, list_keys))
        calls.add("POST", path, f"{name}.create", (self.new, create))
        calls.add("GET", one, f"{name}.show", (None, show))
        calls.add("PATCH", one, f"{name}.update", (self.changed, update))
        calls.add("DELETE", one, f"{name}.delete", (None, delete))
