"""Request bodies about projects, users, tokens and keys (API facts 1.6, 2.5)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pulumi_hyperone.local_cloud.lifecycle.bodies import Body, Key, Name, Reference, Tags


class ProjectCreate(Body):
    """POST /project."""

    name: Name
    organisation: Reference
    tag: Tags = Field(default_factory=dict)


class Credential(Body):
    """A new SSH key."""

    name: Name
    type: Literal["ssh"] = "ssh"
    value: Key


class TokenCreate(Body):
    """A new service token."""

    name: Name


class NewRule(Body):
    """A new access rule of a token."""

    method: Literal["ALL", "GET", "POST", "PATCH", "DELETE"] = "ALL"
    path: Annotated[str, Field(min_length=1, max_length=1000)] = "/"


class Login(Body):
    """POST /user/{login}/session."""

    password: Annotated[str, Field(min_length=1, max_length=512)]
