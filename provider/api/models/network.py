"""Networks, adapters and addresses (API facts 2.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_hyperone.provider.api.decoding import Json, as_mapping, items, reference, text
from pulumi_hyperone.provider.api.models.resource import Resource


@dataclass(frozen=True, kw_only=True)
class Ip(Resource):
    """An address. `associated_ip` is the private side of a public one; states Associated, Allocated, Unallocated."""

    address: str = ""
    fqdn: str = ""
    network: str = ""
    persistent: bool | None = None
    ptr_record: str = ""
    associated_ip: str = ""
    associated_fip: str = ""
    associated_netadp: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read an address; `network` may be an id or an object."""
        associated = as_mapping(raw.get("associated"))
        persistent = raw.get("persistent")
        return super().fields_from(raw) | {
            "address": text(raw.get("address")),
            "fqdn": text(raw.get("fqdn")),
            "network": reference(raw.get("network")),
            "persistent": persistent if isinstance(persistent, bool) else None,
            "ptr_record": text(raw.get("ptrRecord")),
            "associated_ip": reference(associated.get("ip")),
            "associated_fip": reference(associated.get("fip")),
            "associated_netadp": reference(associated.get("netadp")),
        }


def _adapter_ips(value: object) -> tuple[Ip, ...]:
    """Addresses of an adapter: a list or a single one, each an object or a plain dotted address (API facts 5 #13)."""
    found = value if isinstance(value, list) else [] if value is None else [value]
    return tuple(
        Ip.from_json(ip) if isinstance(ip, Mapping) else Ip(id=text(ip), address=text(ip)) for ip in found if ip
    )


@dataclass(frozen=True, kw_only=True)
class Netadp(Resource):
    """A network adapter with its addresses; `network_type` tells public from private."""

    mac_address: str = ""
    network: str = ""
    network_name: str = ""
    network_type: str = ""
    ips: tuple[Ip, ...] = ()
    assigned_id: str = ""

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read an adapter; `network` is an object in this generation, an id elsewhere."""
        network = raw.get("network")
        return super().fields_from(raw) | {
            "mac_address": text(raw.get("macaddress")),
            "network": reference(network),
            "network_name": text(as_mapping(network).get("name")),
            "network_type": text(as_mapping(network).get("type")),
            "ips": _adapter_ips(raw.get("ip")),
            "assigned_id": reference(raw.get("assigned")),
        }


@dataclass(frozen=True, kw_only=True)
class Network(Resource):
    """A network: `address` is its CIDR, `type` public or private."""

    address: str = ""
    gateway: str = ""
    type: str = ""
    nameservers: tuple[str, ...] = ()

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read a network."""
        return super().fields_from(raw) | {
            "address": text(raw.get("address")),
            "gateway": text(raw.get("gateway")),
            "type": text(raw.get("type")),
            "nameservers": tuple(text(server) for server in items(as_mapping(raw.get("dns")).get("nameservers"))),
        }
