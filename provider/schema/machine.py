"""A machine of a build: its options, the adapter it gets, and which of its addresses SSH uses (API facts 3.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi_hyperone.provider.api.defaults import DEFAULT_ADAPTER_SERVICE
from pulumi_hyperone.provider.api.specs import Adapter, NewDisk
from pulumi_hyperone.provider.schema.inputs import SILENT, Inputs, given


@dataclass(frozen=True, kw_only=True)
class Machine(Inputs):
    """What the builder has in common with a machine that is started from the image.

    `service` is the VM's type; `disks` are new ones with `service`, `size` (GiB) and perhaps `name`, or existing ones
    with `id`.
    """

    name: str = given()
    service: str = given()
    disks: Sequence[Mapping[str, Any]] = given()
    username: str = given(default="")
    ssh_port: float = given(SILENT, default=22)
    tags: Mapping[str, str] = given(default=None)
    network: str = given(default="")
    private_ip: str = given(default="")
    public_ip: str = given(default="")
    public_netadp_service: str = given(default=DEFAULT_ADAPTER_SERVICE)

    @property
    def new_disks(self) -> tuple[NewDisk, ...]:
        """The disks that come with the machine."""
        fresh = [disk for disk in self.disks if not disk.get("id")]
        return tuple(NewDisk(service=disk["service"], size=disk["size"], name=disk.get("name")) for disk in fresh)

    @property
    def existing_disks(self) -> tuple[str, ...]:
        """Ids of disks that existed before the machine and do not go with it."""
        return tuple(disk["id"] for disk in self.disks if disk.get("id"))

    @property
    def adapter(self) -> Adapter:
        """The one adapter of the new VM."""
        if self.network:
            return Adapter(network=self.network, ip=self.private_ip or None)
        return Adapter(public_service=self.public_netadp_service, ip=self.public_ip or None)

    @property
    def associates_public_ip(self) -> bool:
        """Whether a public address is associated with the adapter's private one after the VM exists."""
        return bool(self.network and self.public_ip)


def holds_fixed_address(props: Mapping[str, Any]) -> bool:
    """Whether two builders of these inputs cannot exist at once: each would need the same address."""
    return bool(props.get("public_ip") or (props.get("network") and props.get("private_ip")))
