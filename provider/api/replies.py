"""From replies to records: what both generations spell the same, but for what all objects share and references."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from pulumi_hyperone.provider.api.decoding import Json, as_mapping, number, text
from pulumi_hyperone.provider.api.records import Disk, Ip, Network, Project, SshKey


class Replies(ABC):
    """Reads one object of a reply, each noun by a method of its name. Facts: v1 2.2 to 2.5, v2 3.2 to 3.5."""

    @abstractmethod
    def shared(self, raw: Json) -> dict[str, Any]:
        """The fields of every object."""

    @abstractmethod
    def reference(self, value: object) -> str:
        """The id or name that a reference holds."""

    def disk(self, raw: Json) -> Disk:
        """A disk, its size in GiB, and the VM that it is plugged into."""
        return Disk(**self.shared(raw), size=number(raw.get("size")), vm=self.reference(raw.get("vm")))

    def ip(self, raw: Json) -> Ip:
        """An address."""
        associated = as_mapping(raw.get("associated"))
        return Ip(
            **self.shared(raw),
            address=text(raw.get("address")),
            network=self.reference(raw.get("network")),
            associated_ip=self.reference(associated.get("ip")),
            associated_netadp=self.reference(associated.get("netadp")),
        )

    def network(self, raw: Json) -> Network:
        """A network, its addresses in CIDR notation, and its gateway."""
        address, gateway, kind = (text(raw.get(name)) for name in ("address", "gateway", "type"))
        return Network(**self.shared(raw), address=address, gateway=gateway, type=kind)

    def project(self, raw: Json) -> Project:
        """A project: nothing but what all objects share."""
        return Project(**self.shared(raw))

    def ssh_key(self, raw: Json) -> SshKey:
        """A stored public key."""
        return SshKey(**self.shared(raw))
