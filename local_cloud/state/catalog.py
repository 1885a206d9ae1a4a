"""What the cloud sells: services (types with prices) and the images that come with it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from pulumi_hyperone.local_cloud.state.records import Image, ImageDisk, Network
from pulumi_hyperone.local_cloud.state.refusals import not_found

IMAGE_SERVICE = "564639bc052c084e2f2e3266"
PUBLIC_ADAPTER_SERVICE = "561e7e30a8cfd461e469ad18"
CATALOG_PROJECT = "000000000000000000000000"
CATALOG_AUTHOR = "images@hyperone.local"
CATALOG_DATE = "2026-01-01T00:00:00.000Z"
PUBLIC_NETWORK = "5784e97be2627505227b578c"
SSD_SERVICE = "562fb685a3e575771b599091"
PUBLIC_CIDR = "127.77.0.0/16"
FREE = {"price": dict.fromkeys(("PLN", "EUR", "USD", "GBP"), 0), "period": "hour", "quantity": 1, "oneTime": False}
ONE_DISK = "they are sandboxes without block devices; build from debian-12"
OF_THE_CATALOG: dict[str, Any] = {
    "project": CATALOG_PROJECT,
    "state": "Online",
    "created": True,
    "created_by": CATALOG_AUTHOR,
    "modified_by": CATALOG_AUTHOR,
    "access_rights": ["*"],
}
"""Fields of what is everybody's."""
SINCE_THE_BEGINNING: dict[str, Any] = {"created_on": CATALOG_DATE, "modified_on": CATALOG_DATE}


def fixed_id(text: str) -> str:
    """An id of 24 hexadecimal digits that is the same in every cloud."""
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:24]


@dataclass(frozen=True)
class Service:
    """One service: `resource` is the noun it is for; `cpu` and `memory` (GiB) are those of VM types."""

    id: str
    resource: str
    name: str
    cpu: int = 0
    memory: float = 0.0
    data: dict[str, Any] = field(default_factory=dict)

    def present(self) -> dict[str, Any]:
        """The service as `/service` shows it (API facts 2.5)."""
        return {
            "id": self.id,
            "_id": self.id,
            "resource": self.resource,
            "type": "flavour",
            "name": self.name,
            "data": self.data,
            "availableServices": [],
            "billing": FREE,
        }

    def brief(self) -> dict[str, Any]:
        """The entry of this service in a resource's `services` (API facts 1.2)."""
        return {
            "id": self.id,
            "_id": self.id,
            "type": "flavour",
            "name": self.name,
            "oneTime": False,
            "billing": self.id,
            "data": self.data,
            "sourceService": self.id,
            "quantity": 1,
        }


def _vm_type(name: str, cpu: int, memory: float) -> Service:
    limits = {"cpu": cpu, "memory": memory, "maxhdd": 16, "maxNetAdp": 8, "maxIPv4": 16}
    data = {"vm": limits, "netadp": [{"service": PUBLIC_ADAPTER_SERVICE}]}
    return Service(fixed_id(f"vm:{name}"), "vm", name, cpu, memory, data)


VM_TYPES = (
    _vm_type("a1.nano", 1, 0.5),
    _vm_type("a1.micro", 1, 1),
    _vm_type("a1.small", 1, 2),
    _vm_type("a1.medium", 2, 4),
    _vm_type("m2.tiny", 1, 2),
    _vm_type("m2.small", 1, 3),
    _vm_type("m2.medium", 2, 4),
    _vm_type("m2.large", 4, 8),
    _vm_type("_dev.gen2_1", 1, 1),
)
SERVICES: tuple[Service, ...] = (
    *VM_TYPES,
    Service(SSD_SERVICE, "disk", "ssd"),
    *(
        Service(fixed_id(f"disk:{name}"), "disk", name)
        for name in ("hissd", "volume", "archive", "ephemeral-hissd", "replica")
    ),
    Service(PUBLIC_ADAPTER_SERVICE, "netadp", "public"),
    Service(fixed_id("netadp:private"), "netadp", "private"),
    Service(IMAGE_SERVICE, "image", "image"),
    Service(fixed_id("ip:public"), "ip", "public"),
    Service(fixed_id("network:private"), "network", "private"),
)


def find_service(reference: str, resource: str | None = None) -> Service:
    """The service with this id, else name; of one kind of resource if given. Raises a 404."""
    candidates = [one for one in SERVICES if resource is None or one.resource == resource]
    for one in candidates:
        if one.id == reference:
            return one
    for one in candidates:
        if one.name == reference:
            return one
    raise not_found(f"{resource} service" if resource else "service", reference)


@dataclass(frozen=True)
class CatalogImage:
    """An image that comes with the cloud; `size` is the least disk size in GiB, `kind` its kind of machine."""

    name: str
    kind: str
    size: float
    distro: str
    release: str
    codename: str
    disk_size: float = 10


CATALOG = (
    CatalogImage("sandbox", "sandbox", 1, "sandbox", "1", "sandbox"),
    CatalogImage("debian-12", "vm", 3, "debian", "12", "bookworm"),
)


def image_description(kind: str, *, distro: str, release: str, codename: str, disk_size: float) -> str:
    """The JSON text that recommended images keep in `description` (API facts 2.3).

    Besides HyperOne's facts it says of machines that have one disk why they cannot have more (`one_disk`).
    """
    facts = {"arch": "x86_64", "distro": distro, "release": release, "edition": "server", "codename": codename}
    recommended = {"disk": {"service": "ssd", "size": disk_size}, "vm_service": {"type": "a1.nano"}}
    limit = {"one_disk": ONE_DISK} if kind == "sandbox" else {}
    return json.dumps({**facts, "recommended": recommended, **limit})


def catalog_image(image: CatalogImage) -> Image:
    """The image object of a catalog entry; its id is the same in every cloud."""
    disk = ImageDisk(type="ssd", size=image.size, disk_id=fixed_id(f"image-disk:{image.name}"), disk_name="os")
    return Image(
        **OF_THE_CATALOG,
        **SINCE_THE_BEGINNING,
        id=fixed_id(f"image:{image.name}"),
        name=image.name,
        service=IMAGE_SERVICE,
        flavour="image",
        kind=image.kind,
        tag={"published": "true"},
        description=image_description(
            image.kind,
            distro=image.distro,
            release=image.release,
            codename=image.codename,
            disk_size=image.disk_size,
        ),
        disks=[disk],
        recommended=True,
        catalog=True,
    )


def public_network() -> Network:
    """The network of all public addresses."""
    return Network(
        **OF_THE_CATALOG,
        **SINCE_THE_BEGINNING,
        id=PUBLIC_NETWORK,
        name="public",
        service=fixed_id("network:private"),
        flavour="public",
        address=PUBLIC_CIDR,
        broadcast="127.77.255.255",
        gateway="127.77.0.1",
        type="public",
    )


def aliases(image: Image) -> set[str]:
    """The alias forms of a recommended image: distro, distro:release, distro:codename, distro:edition."""
    try:
        facts = json.loads(image.description)
    except ValueError:
        return set()
    if not isinstance(facts, dict) or not facts.get("distro"):
        return set()
    distro = str(facts["distro"])
    return {distro} | {f"{distro}:{facts[key]}" for key in ("release", "codename", "edition") if facts.get(key)}
