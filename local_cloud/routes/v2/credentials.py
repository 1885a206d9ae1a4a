"""Registered public keys of projects, service accounts and users (v2 facts 1.1, 2.4, 3.5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pulumi_hyperone.local_cloud.lifecycle.bodies import Body, Key, Name
from pulumi_hyperone.local_cloud.routes.key_routes import KeyRoutes
from pulumi_hyperone.local_cloud.routes.v2 import present
from pulumi_hyperone.local_cloud.routes.v2.bodies import NewName


class NewCredential(Body):
    """A key of the type `ssh`."""

    name: Name
    type: Literal["ssh"] = "ssh"
    value: Annotated[Key, Field(description="An OpenSSH public key")]


CREDENTIALS = KeyRoutes(
    "credentialId",
    "credential",
    ["id"],
    lambda ctx, key: present.credential(ctx.store, key),
    NewCredential,
    NewName,
)
