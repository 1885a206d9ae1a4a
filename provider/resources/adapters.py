"""Which network adapter a builder gets, and which of its addresses SSH uses (API facts 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.api import Adapter


def adapter(props: Mapping[str, Any]) -> Adapter:
    """The one adapter of a new VM, from the options network, private_ip, public_ip and public_netadp_service."""
    if props.get("network"):
        return Adapter(network=props["network"], ip=props.get("private_ip"))
    return Adapter(public_service=props["public_netadp_service"], ip=props.get("public_ip"))


def associates_public_ip(props: Mapping[str, Any]) -> bool:
    """Whether a public address is associated with the adapter's private one after the VM exists."""
    return bool(props.get("network") and props.get("public_ip"))


def holds_fixed_address(props: Mapping[str, Any]) -> bool:
    """Whether two builders of these options cannot exist at once: each would need the same address."""
    return bool(props.get("public_ip") or (props.get("network") and props.get("private_ip")))
