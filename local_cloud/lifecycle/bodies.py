"""What is to be made or changed, tolerant where clients differ (API facts 1.2, 2.1.1; 5, rows 13 and 20)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from pulumi_hyperone.local_cloud.state.catalog import IMAGE_SERVICE, PUBLIC_ADAPTER_SERVICE

MAX_TAGS = 256
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LOGIN = re.compile(r"[a-z_][a-z0-9_.-]{0,31}")


def _printable(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("control characters are not allowed")
    return text


def _login(text: str) -> str:
    if text and not LOGIN.fullmatch(text):
        raise ValueError("a login is made of a-z, 0-9, '_', '.' and '-', at most 32 characters")
    return text


def _as_list(value: Any) -> Any:
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) else value


def _tags(value: Any) -> Any:
    if value is None:
        return {}
    if isinstance(value, dict):
        return {key: "" if text is None else text for key, text in value.items()}
    return value


def _password(value: Any) -> Any:
    return {"type": "plain", "value": value} if isinstance(value, str) else value


def _unsupported(value: Any) -> Any:
    if value not in (None, ""):
        raise ValueError("the local cloud does not support this field: leave it out")
    return None


def _metadata(value: Any) -> Any:
    if isinstance(value, dict) and value.get("source"):
        raise ValueError("the local cloud takes no uploads: leave 'source' out")
    return value


def _reference(value: Any) -> Any:
    if isinstance(value, dict):
        return value.get("id") or value.get("_id") or value.get("name")
    return value


Name = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_printable)]
OptionalName = Annotated[str, Field(max_length=255), AfterValidator(_printable)]
Reference = Annotated[str, Field(min_length=1, max_length=1000)]
Key = Annotated[str, Field(min_length=1, max_length=16000)]
Size = Annotated[float, Field(gt=0, le=65536, allow_inf_nan=False)]
Username = Annotated[str, AfterValidator(_login)]
TagKey = Annotated[str, Field(min_length=1, max_length=255), AfterValidator(_printable)]
TagValue = Annotated[str, Field(max_length=4096)]
Tags = Annotated[dict[TagKey, TagValue], Field(max_length=MAX_TAGS), BeforeValidator(_tags)]


#: A field of the API that changes what is made, and that is refused here instead of ignored.
Unsupported = Annotated[Any, BeforeValidator(_unsupported)]


#: Names of objects, or objects with an id, in a list or by themselves.
OneOrMore = BeforeValidator(_as_list)
#: An id or name, or an object that has one.
AnyReference = BeforeValidator(_reference)


class Body(BaseModel):
    """A request body: camelCase in JSON; unknown extra fields are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    def given(self) -> dict[str, Any]:
        """The fields that are neither left out nor null."""
        return self.model_dump(exclude_none=True)


class Password(Body):
    """A password in plain or as crypt(3) text; `{}` means none."""

    type: Literal["plain", "unix"] = "plain"
    value: Annotated[str, Field(max_length=512), AfterValidator(_printable)] | None = None


class VmDisk(Body):
    """A disk of a new VM: an existing one by id, or a new one."""

    id: Reference | None = None
    service: Reference | None = None
    size: Size | None = None
    name: OptionalName | None = None
    cloud: Unsupported = None


class NewNetadp(Body):
    """An adapter: the network decides between public and private, and the type where no `service` is named."""

    service: Reference | None = None
    network: Annotated[Reference | None, AnyReference] = None
    ip: Annotated[list[Reference], Field(max_length=16), OneOrMore] = []
    firewall: Reference | None = None
    tag: Tags = {}


class VmCreate(Body):
    """POST /vm."""

    service: Reference
    name: OptionalName | None = None
    image: Reference | None = None
    iso: Unsupported = None
    cloud: Unsupported = None
    username: Username | None = None
    password: Annotated[Password | None, BeforeValidator(_password)] = None
    ssh_keys: Annotated[list[Key], Field(max_length=256)] | None = None
    user_metadata: Annotated[str, Field(max_length=1_000_000)] | None = None
    disk: list[VmDisk] | None = None
    netadp: Annotated[Sequence[NewNetadp], Field(max_length=8)] | None = None
    boot: bool | None = None
    tag: Tags = {}

    def adapters(self) -> Sequence[NewNetadp]:
        """The adapters; when the field is missing, one public one with an automatic address (facts 5, row 11)."""
        return [NewNetadp(service=PUBLIC_ADAPTER_SERVICE)] if self.netadp is None else self.netadp


class VmUpdate(Body):
    """PATCH /vm/{vm}."""

    name: Name | None = None
    user_metadata: Annotated[str, Field(max_length=1_000_000)] | None = None


class DiskCreate(Body):
    """POST /disk: blank, or a clone of `source`."""

    service: Reference
    name: OptionalName | None = None
    size: Size | None = None
    source: Annotated[Reference | None, AnyReference] = None
    metadata: Annotated[dict[str, Any] | None, BeforeValidator(_metadata)] = None
    cloud: Unsupported = None
    tag: Tags = {}


class VmDelete(Body):
    """DELETE /vm/{vm}."""

    remove_disks: Annotated[list[Reference], Field(max_length=64), OneOrMore] = []


class ChangeService(Body):
    """`flavour` action of a VM."""

    service: Reference


class NewName(Body):
    """PATCH with a name only."""

    name: Name | None = None


class Resize(Body):
    """`resize` action; size in GiB."""

    size: Size


class CloneDisk(Body):
    """`clone` action."""

    name: Name
    service: Reference


class Transfer(Body):
    """`transfer` action."""

    project: Reference


class ImageCreate(Body):
    """POST /image: from a VM, or from a replica disk."""

    name: Name
    vm: Annotated[Reference | None, AnyReference] = None
    replica: Annotated[Reference | None, AnyReference] = None
    service: Reference = IMAGE_SERVICE
    description: Annotated[str, Field(max_length=100_000)] | None = None
    tag: Tags = {}


class ImageUpdate(Body):
    """PATCH /image/{image}."""

    name: Name | None = None
    description: Annotated[str, Field(max_length=100_000)] | None = None


class IpCreate(Body):
    """POST /ip."""

    network: Annotated[Reference | None, AnyReference] = None
    address: Reference | None = None
    ptr_record: OptionalName | None = None
    tag: Tags = {}


class IpUpdate(Body):
    """PATCH /ip/{ip}."""

    ptr_record: OptionalName | None = None


class Associate(Body):
    """`associate` action: the private ip."""

    ip: Annotated[Reference, AnyReference]


class NetworkCreate(Body):
    """POST /network."""

    name: Name
    address: Reference | None = None
    gateway: Reference | None = None
    tag: Tags = {}


class NetworkUpdate(Body):
    """PATCH /network/{network}."""

    name: Name | None = None
    gateway: Reference | None = None


class ImageFile(Body):
    """POST /_local/images: a file on this host."""

    name: Name
    file: Annotated[str, Field(min_length=1, max_length=4096), AfterValidator(_printable)]
