"""SSH keys of projects and users (API facts 2.5)."""

from __future__ import annotations

from pulumi_hyperone.local_cloud.access.lookup import spellings
from pulumi_hyperone.local_cloud.lifecycle.bodies import NewName
from pulumi_hyperone.local_cloud.routes.context import Context
from pulumi_hyperone.local_cloud.routes.key_routes import KeyRoutes
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.account_bodies import Credential
from pulumi_hyperone.local_cloud.state.records import SshKey
from pulumi_hyperone.local_cloud.state.refusals import not_found


def _find(ctx: Context, keys: list[SshKey]) -> SshKey:
    """By id or name, the newest first. Raises a 404."""
    for text in spellings(ctx.named("key")):
        found = next((key for key in reversed(keys) if text in (key.id, key.name)), None)
        if found is not None:
            return found
    raise not_found("ssh key", ctx.named("key"))


KEYS = KeyRoutes("key", _find, lambda _ctx, key: present.ssh_key(key), Credential, NewName)
