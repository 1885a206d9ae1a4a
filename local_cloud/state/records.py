"""What the cloud remembers: one typed record per kind of object (API facts sections 1.2 and 2)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


def new_id() -> str:
    """A fresh id: 24 lower-case hexadecimal digits, rising with time (API facts 1.2)."""
    return f"{int(datetime.now(UTC).timestamp()):08x}{secrets.token_hex(8)}"


def now_text() -> str:
    """The present instant as RFC 3339 UTC with milliseconds."""
    return date_text(datetime.now(UTC))


def date_text(moment: datetime) -> str:
    """`moment` as RFC 3339 UTC with milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


class Document(BaseModel):
    """Anything that is stored: snake_case here, camelCase in JSON."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: str = Field(default_factory=new_id)


class Event(Document):
    """One queue entry (API facts 1.3)."""

    name: str
    created_by: str
    queued: str = Field(default_factory=now_text)
    state: str = "pending"
    stage: str = ""
    resource_id: str
    resource_type: str


class Resource(Document):
    """The fields that vm, disk, image, ip, netadp and network share.

    `internal` names fields that are never in a reply. `service` is the flavour's service id. `kind` says which
    kind of machine understands the content ("sandbox" or "vm"), where there is content.
    """

    type_name: ClassVar[str]
    internal: ClassVar[frozenset[str]] = frozenset({"service", "kind"})

    name: str
    project: str
    service: str = ""
    flavour: str = ""
    kind: str = ""
    state: str = "Unknown"
    processing: bool = False
    created: bool = False
    created_on: str = Field(default_factory=now_text)
    created_by: str = ""
    modified_on: str = Field(default_factory=now_text)
    modified_by: str = ""
    access_rights: list[str] = []
    tag: dict[str, str] = {}


class Vm(Resource):
    """A virtual machine. `slots` maps disk ids to SCSI locations; `wanted_running` survives a restart."""

    type_name = "vm"
    internal = Resource.internal | {
        "slots",
        "wanted_running",
        "ssh_keys",
        "password_sha512",
        "source_image_id",
        "source_image_name",
        "username",
    }

    cpu: int = 1
    memory: float = 1.0
    username: str = "guru"
    user_metadata: str = ""
    ssh_keys: list[str] = []
    password_sha512: str | None = None
    source_image_id: str = ""
    source_image_name: str = ""
    slots: dict[str, int] = {}
    wanted_running: bool = False


class Disk(Resource):
    """A disk; `vm` is the id of the VM it is attached to, `size` is in GiB."""

    type_name = "disk"

    size: float
    vm: str | None = None
    persistent: bool = True
    metadata: dict[str, Any] = {}


class ImageDisk(BaseModel):
    """One disk inside an image: size in GiB, bytes on the host, and where it was attached."""

    type: str
    size: float
    file_size: int = 0
    location: int = 0
    disk_id: str = ""
    disk_name: str = ""


class Image(Resource):
    """An image. `recommended` ones are public; `catalog` ones come with the cloud and outlive a reset."""

    type_name = "image"
    internal = Resource.internal | {"disks", "recommended", "catalog", "replica"}

    description: str = ""
    disks: list[ImageDisk] = []
    file_size: int = 0
    license: list[str] = []
    recommended: bool = False
    catalog: bool = False


class Ip(Resource):
    """An IPv4 address: of an adapter (`netadp`), or paired with a private one (`ip`); `fip` is its public peer."""

    type_name = "ip"
    internal = Resource.internal | {"netadp", "peer", "fip"}

    address: str
    network: str
    ptr_record: str = ""
    persistent: bool = True
    netadp: str | None = None
    peer: str | None = None
    fip: str | None = None


class Netadp(Resource):
    """A network adapter of a VM."""

    type_name = "netadp"
    internal = Resource.internal | {"network_id", "vm"}

    macaddress: str
    network_id: str
    vm: str | None = None
    speed: int = 1000
    firewall: str | None = None


class Network(Resource):
    """A network; `address` is its CIDR, `type` public or private."""

    type_name = "network"

    address: str
    broadcast: str
    gateway: str
    type: str = "private"
    netgw: str | None = None
    firewall: str | None = None


class Project(Document):
    """A project; `members` are user ids, `organisation` is an id."""

    name: str
    organisation: str
    state: str = "Active"
    created_on: str = Field(default_factory=now_text)
    created_by: str = ""
    members: list[str] = []
    tag: dict[str, str] = {}


class User(Document):
    """An account; the password is kept as a salted digest."""

    login: str
    password_salt: str
    password_digest: str
    tag: dict[str, str] = {}


class ServiceAccount(Document):
    """An account of a project that programs use; its keys are `SshKey`s with its id as owner (v2 facts 2.1, 2.4)."""

    name: str
    project: str
    created_on: str = Field(default_factory=now_text)
    created_by: str = ""
    tag: dict[str, str] = {}


class SshKey(Document):
    """A registered public key; `owner` is the id of a user, a project, or a service account."""

    owner: str
    name: str
    type: str = "ssh"
    value: str
    fingerprint: str
    created_on: str = Field(default_factory=now_text)
    created_by: str = ""


class AccessRule(BaseModel):
    """One access rule of a token: method ALL, GET, POST, PATCH or DELETE, and a path under /v1."""

    id: str = Field(default_factory=new_id)
    method: str = "ALL"
    path: str = "/"


class Token(Document):
    """A session (has `user`, expires) or a service account's token (has `project`).

    A session keeps the `digest` of its secret only; a service account's secret is shown again, so it is kept itself.
    """

    name: str
    secret: str = ""
    digest: str = ""
    user: str | None = None
    project: str | None = None
    expiry: str | None = None
    access: list[AccessRule] = []
    client_ip: str = ""
    user_agent: str = ""
    created_on: str = Field(default_factory=now_text)
    created_by: str = ""


class AccessToken(Document):
    """What a login of v2 gave: an access token that expires and a refresh token, kept as digests.

    `subject` is the path of the user or service account that it speaks for, `audience` the base URL that it is for.
    """

    subject: str
    audience: str
    digest: str
    refresh_digest: str = ""
    expiry: str


class CreateKey(Document):
    """The answer to a create that carried `x-idempotency-key`; the id is made of caller, call and key."""

    resource_type: str
    resource_id: str
    event_id: str


Tagged = Resource | Project | ServiceAccount | User
RESOURCES: tuple[type[Resource], ...] = (Vm, Disk, Image, Ip, Netadp, Network)
DOCUMENTS: tuple[type[Document], ...] = (
    *RESOURCES,
    Project,
    User,
    ServiceAccount,
    SshKey,
    Token,
    AccessToken,
    CreateKey,
    Event,
)
