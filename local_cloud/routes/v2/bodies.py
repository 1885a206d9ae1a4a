"""Request bodies of v2, and what the lifecycle makes of them (v2 facts 3; what real clients send: 1.1, 3.6)."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from pulumi_hyperone.local_cloud.lifecycle import bodies
from pulumi_hyperone.local_cloud.lifecycle.bodies import Body, Key, Name, OptionalName, Reference, Size, Tags
from pulumi_hyperone.local_cloud.state.catalog import IMAGE_SERVICE
from pulumi_hyperone.local_cloud.state.uris import last_segment


def _reference(value: Any) -> Any:
    return last_segment(value) if isinstance(value, str) else value


def _blank(value: Any) -> Any:
    return None if value == "" else value


def _tags(value: Any) -> Any:
    """The map of an array of tags; the ids in it are the server's own business."""
    if value is None:
        return {}
    if not isinstance(value, list):
        raise ValueError("tags are an array of {key, value}")  # noqa: TRY004 - what pydantic reports
    found: dict[Any, Any] = {}
    for one in value:
        if not isinstance(one, dict) or not isinstance(one.get("key"), str):
            raise ValueError("a tag is {key, value}")  # noqa: TRY004 - as above
        found[one["key"]] = "" if one.get("value") is None else one["value"]
    return found


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else None if value in (None, "") else [value]


TAG_SCHEMA = {
    "type": "object",
    "required": ["key", "value"],
    "properties": {"id": {"type": "string", "readOnly": True}, "key": {"type": "string"}, "value": {"type": "string"}},
}
TagArray = Annotated[Tags, BeforeValidator(_tags), WithJsonSchema({"type": "array", "items": TAG_SCHEMA})]


def uri_of(*kinds: str) -> Any:
    """Says in the schema which kinds of objects a reference names."""
    return Field(json_schema_extra={"format": "uri", "x-resource": {"kind": list(kinds) if kinds[1:] else kinds[0]}})


Uri = Annotated[Reference, BeforeValidator(_reference)]
OptionalUri = Annotated[Uri | None, BeforeValidator(_blank)]
Text = Annotated[Reference | None, BeforeValidator(_blank)]
NewNameOrNone = Annotated[Name | None, BeforeValidator(_blank)]
DiskService = Annotated[Uri, uri_of("billing/service")]
VmService = Annotated[Uri, uri_of("billing/service")]


class SshCredential(Body):
    """A key that lets the login user of a new VM in: raw, or the id or name of a stored one."""

    type: Literal["ssh"]
    value: Key


class PasswordCredential(bodies.Password):
    """A password of that user, in plain or as crypt(3) text."""

    type: Literal["plain", "unix"]


CREDENTIAL_SCHEMA = {
    "type": "object",
    "format": "credential",
    "required": ["type", "value"],
    "properties": {"type": {"type": "string", "enum": ["ssh", "plain", "unix"]}, "value": {"type": "string"}},
}
Credential = Annotated[
    SshCredential | PasswordCredential, Field(discriminator="type"), WithJsonSchema(CREDENTIAL_SCHEMA)
]


class NewDisk(Body):
    """A new disk of a new VM."""

    name: Name
    service: DiskService
    size: Size


class NewNetadp(Body):
    """An adapter of a new VM."""

    network: Annotated[Uri, uri_of("networking/network")]
    ip: Annotated[list[Uri], Field(max_length=16), BeforeValidator(_as_list)] = Field(default_factory=list)
    firewall: Annotated[OptionalUri, uri_of("networking/firewall")] = None


class VmCreate(Body):
    """POST vm."""

    name: Name
    service: VmService
    image: Annotated[OptionalUri, uri_of("storage/image")] = None
    iso: bodies.Unsupported = None
    username: Annotated[bodies.Username | None, BeforeValidator(_blank)] = None
    credential: Annotated[list[Credential] | None, Field(min_length=1, max_length=256)] = None
    user_metadata: Annotated[str | None, Field(max_length=1_000_000)] = None
    start: bool = True
    disk: list[NewDisk] = Field(default_factory=list)
    netadp: Annotated[list[NewNetadp], Field(max_length=8)] = Field(default_factory=list)
    tag: TagArray = Field(default_factory=dict)

    def plan(self) -> bodies.VmCreate:
        """The same as the lifecycle takes it."""
        credentials = self.credential
        keys = [one.value for one in credentials or [] if isinstance(one, SshCredential)]
        secrets = [one for one in credentials or [] if isinstance(one, PasswordCredential)]
        return bodies.VmCreate.model_validate(
            {
                "name": self.name,
                "service": self.service,
                "image": self.image,
                "username": self.username,
                "password": secrets[-1].model_dump() if secrets else None,
                "ssh_keys": None if credentials is None else keys,
                "user_metadata": self.user_metadata,
                "disk": [one.model_dump() for one in self.disk],
                "netadp": [one.model_dump() for one in self.netadp],
                "boot": self.start,
                "tag": self.tag,
            }
        )


class VmUpdate(bodies.VmUpdate):
    """PATCH vm."""

    name: NewNameOrNone = None


class ChangeService(bodies.ChangeService):
    """`flavour` of a VM."""

    service: VmService


class AttachDisk(Body):
    """POST vm/{vmId}/disk."""

    disk: Annotated[Uri, uri_of("storage/disk")]


class SerialPort(Body):
    """`serialport` of a VM."""

    number: Literal["1", "2"] = "1"


class DiskCreate(Body):
    """POST disk: blank or a copy of `source`; attached at once when `vm` is given."""

    name: Name
    service: DiskService
    size: Size
    source: Annotated[OptionalUri, uri_of("storage/disk")] = None
    vm: Annotated[OptionalUri, uri_of("compute/vm")] = None
    tag: TagArray = Field(default_factory=dict)

    def plan(self) -> bodies.DiskCreate:
        """The same as the lifecycle takes it."""
        return bodies.DiskCreate.model_validate(self.model_dump(exclude={"vm"}))


class NewName(bodies.NewName):
    """PATCH with a name only."""

    name: NewNameOrNone = None


class Transfer(bodies.Transfer):
    """`transfer` to another project."""

    project: Annotated[Uri, uri_of("iam/project")]


class ImageCreate(bodies.ImageCreate):
    """POST image."""

    vm: Annotated[OptionalUri, uri_of("compute/vm")] = None
    replica: Annotated[OptionalUri, uri_of("compute/replica")] = None
    service: Annotated[Uri, uri_of("billing/service")] = IMAGE_SERVICE
    description: Annotated[str, Field(max_length=100_000)] = ""
    tag: TagArray = Field(default_factory=dict)


class ImageUpdate(bodies.ImageUpdate):
    """PATCH image."""

    name: NewNameOrNone = None


class IpCreate(bodies.IpCreate):
    """POST ip: public unless a private network is named."""

    network: Annotated[OptionalUri, uri_of("networking/network")] = None
    address: Text = None
    ptr_record: Annotated[OptionalName | None, BeforeValidator(_blank)] = None
    tag: TagArray = Field(default_factory=dict)


class IpUpdate(bodies.IpUpdate):
    """PATCH ip."""


class Associate(bodies.Associate):
    """`associate` of a public ip with a private one."""

    ip: Annotated[Uri, uri_of("networking/ip")]


class NetadpCreate(NewNetadp):
    """POST netadp."""

    vm: Annotated[Uri, uri_of("compute/vm")]
    tag: TagArray = Field(default_factory=dict)

    def plan(self) -> bodies.NewNetadp:
        """The same as the lifecycle takes it."""
        return bodies.NewNetadp.model_validate(self.model_dump(exclude={"vm"}))


class NetadpUpdate(Body):
    """PATCH netadp: null removes the firewall."""

    firewall: Annotated[OptionalUri, uri_of("networking/firewall")] = None


class NetworkCreate(bodies.NetworkCreate):
    """POST network."""

    address: Text = None
    gateway: Text = None
    tag: TagArray = Field(default_factory=dict)


class NetworkUpdate(bodies.NetworkUpdate):
    """PATCH network."""

    name: NewNameOrNone = None
    gateway: Text = None
    firewall: Annotated[OptionalUri, uri_of("networking/firewall")] = None


class NewTag(Body):
    """POST tag: one tag; its id is the server's."""

    key: bodies.TagKey
    value: bodies.TagValue = ""
