"""Which network adapter a builder gets, and which of its addresses SSH uses (API facts 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PRIVATE_SERVICE = "private"


def netadp_body(props: Mapping[str, Any]) -> dict[str, Any]:
    """The one adapter of a new VM, from the options network, private_ip, public_ip and public_netadp_service."""
    if props.get("network"):
        body: dict[str, Any] = {"service": PRIVATE_SERVICE, "network": props["network"]}
        return {**body, "ip": [props["private_ip"]]} if props.get("private_ip") else body
    body = {"service": props["public_netadp_service"]}
    return {**body, "ip": [props["public_ip"]]} if props.get("public_ip") else body


def associates_public_ip(props: Mapping[str, Any]) -> bool:
    """Whether a public address is associated with the adapter's private one after the VM exists."""
    return bool(props.get("network") and props.get("public_ip"))


def holds_fixed_address(props: Mapping[str, Any]) -> bool:
    """Whether two builders of these options cannot exist at once: each would need the same address."""
    return bool(props.get("public_ip") or (props.get("network") and props.get("private_ip")))
