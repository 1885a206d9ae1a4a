"""Registered public keys of projects, users and service accounts (API facts 2.5; of v2 2.4, 3.5)."""

from __future__ import annotations

from pulumi_hyperone.local_cloud.lifecycle.credentials import fingerprint, parse_key
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.state.records import SshKey


def register(ctx: Context, owner: str, name: str, value: str) -> SshKey:
    """Register a key for the object with the id `owner`. Raises a 400 for what is no OpenSSH public key."""
    line = parse_key(value)
    key = SshKey(owner=owner, name=name, value=line, fingerprint=fingerprint(line), created_by=ctx.caller.login)
    if not ctx.dry_run:
        ctx.store.save(key)
    return key


def rename(ctx: Context, key: SshKey, name: str | None) -> SshKey:
    """Change the name."""
    if name is not None and not ctx.dry_run:
        key.name = name
        ctx.store.save(key)
    return key


def forget(ctx: Context, key: SshKey) -> SshKey:
    """Forget a key."""
    if not ctx.dry_run:
        ctx.store.remove(key)
    return key
