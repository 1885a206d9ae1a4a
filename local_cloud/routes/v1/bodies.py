"""Request bodies that v1 alone has (API facts 1.2, 2)."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from pulumi_hyperone.local_cloud.lifecycle import bodies
from pulumi_hyperone.local_cloud.lifecycle.bodies import AnyReference, Body, Name, Reference, Tags
from pulumi_hyperone.local_cloud.state.catalog import IMAGE_SERVICE


class NewNetadp(bodies.NewNetadp):
    """An adapter; its type has to be named."""

    service: Reference


class VmCreate(bodies.VmCreate):
    """POST /vm."""

    netadp: Annotated[list[NewNetadp], Field(max_length=8)] | None = None


class Rename(Body):
    """`rename` action."""

    newname: Name


class ImageOfVm(Body):
    """`image` action of a VM."""

    service: Reference = IMAGE_SERVICE
    name: Name | None = None
    description: Annotated[str, Field(max_length=100_000)] | None = None


class PasswordReset(Body):
    """`password_reset` action."""

    user_name: Name
    modulus: Annotated[str, Field(min_length=1, max_length=8192)]
    exponent: Annotated[str, Field(min_length=1, max_length=64)]


class AttachDisk(Body):
    """POST /vm/{vm}/hdd."""

    disk: Annotated[Reference, AnyReference]
    controller_type: str | None = None


class AddIp(Body):
    """POST /vm/{vm}/netadp/{id}/ip."""

    ip: Reference | None = None


class ReplaceIp(Body):
    """`ip_replace` action of an adapter."""

    old_ip: Annotated[Reference, Field(alias="oldIP")]
    new_ip: Annotated[Reference, Field(alias="newIP")]


class NetworkIp(Body):
    """POST /network/{network}/ip."""

    address: Reference | None = None
    tag: Tags = Field(default_factory=dict)


class Firewall(Body):
    """`firewall_add` action."""

    firewall: Reference


class Grant(Body):
    """POST accessrights."""

    identity: Reference


class Action(Body):
    """The generic form of actions: POST …/actions."""

    name: Reference
    data: dict[str, Any] | None = None
