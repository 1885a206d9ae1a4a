"""SSH keys of projects and users (API facts 2.5)."""

from __future__ import annotations

from pulumi_hyperone.local_cloud.lifecycle.bodies import NewName
from pulumi_hyperone.local_cloud.routes.key_routes import KeyRoutes
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.routes.v1.account_bodies import Credential

KEYS = KeyRoutes("key", "ssh key", ("id", "name"), lambda _ctx, key: present.ssh_key(key), Credential, NewName)
