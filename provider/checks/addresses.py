"""What the API is asked about the options network, private_ip and public_ip (API facts 2.4 and 3.4); reads alone."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.records import Ip, Network
from pulumi_hyperone.provider.foundation.errors import NotFound, Refused
from pulumi_hyperone.provider.foundation.faults import Fault, shown
from pulumi_hyperone.provider.tracking.identity import STACK_TAG

Once = Callable[[tuple[Any, ...], Callable[[], Any]], Any]
FREE = "Unallocated"


class AddressQuestions:
    """Whether networks and addresses exist, fit together and are free; `once` remembers answers."""

    def __init__(self, client: Cloud, once: Once, stack: str) -> None:
        self._client = client
        self._once = once
        self._stack = stack

    def faults(self, path: str, options: Mapping[str, Any]) -> list[Fault]:
        """What is wrong with one image's addresses. `private_ip` counts only with `network`, as in the builder."""
        found: list[Fault | None] = []
        network = None
        if "network" in options:
            network = self._network(options["network"])
            if network is None:
                found.append(Fault(f"{path}.network", unknown("network", options["network"])))
        if network is not None and "private_ip" in options:
            found.append(self._private_ip(f"{path}.private_ip", options["private_ip"], network))
        if "public_ip" in options:
            found.append(self._public_ip(f"{path}.public_ip", options["public_ip"]))
        return [fault for fault in found if fault]

    def shared(self, images: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
        """Addresses that several images want: their builders stand side by side, so only one can have it."""
        holders: dict[tuple[str, ...], str] = {}
        found = []
        for key, options in sorted(images.items()):
            for option, address in self._fixed(options):
                first = holders.setdefault(address, key)
                if first != key:
                    message = f"{shown(options[option])} is also used by image {first}; each builder needs its own"
                    found.append(Fault(f"images.{key}.{option}", message))
        return found

    def _fixed(self, options: Mapping[str, Any]) -> list[tuple[str, tuple[str, ...]]]:
        """The fixed addresses of an image: the option, and what is the same for every spelling of the address."""
        found: list[tuple[str, tuple[str, ...]]] = []
        if "public_ip" in options:
            ip = self._ip(options["public_ip"])
            found.append(("public_ip", (ip.id if ip else options["public_ip"],)))
        if "network" in options and "private_ip" in options:
            network = self._network(options["network"])
            ip = self._in_network(network, options["private_ip"]) if network else None
            place = network.id if network else options["network"]
            found.append(("private_ip", (place, ip.address if ip else options["private_ip"])))
        return found

    def _network(self, reference: str) -> Network | None:
        asked = ("network", reference)
        found: Network | None = self._once(asked, lambda: found_or_none(self._client.networks.get, reference))
        return found

    def _ip(self, reference: str) -> Ip | None:
        found: Ip | None = self._once(("ip", reference), lambda: found_or_none(self._client.ips.get, reference))
        return found

    def _in_network(self, network: Network, reference: str) -> Ip | None:
        # The same private address may exist in several networks, so a look-up by address alone would not do.
        ips: list[Ip] = self._once(("ips",), self._client.ips.list)
        return next((ip for ip in ips if ip.network == network.id and reference in (ip.id, ip.address, ip.name)), None)

    def _public_ip(self, path: str, reference: str) -> Fault | None:
        ip = self._ip(reference)
        if ip is None:
            return Fault(path, unknown("IP address", reference))
        network = self._network(ip.network) if ip.network else None
        if network is not None and network.type == "private":
            return Fault(path, f"{ip.address} is an address of the private network {network.name}, not a public one")
        return self._in_use(path, ip)

    def _private_ip(self, path: str, reference: str, network: Network) -> Fault | None:
        ip = self._in_network(network, reference)
        if ip is not None:
            return self._in_use(path, ip)
        try:
            address = ipaddress.ip_address(reference)
        except ValueError:
            return Fault(
                path, f"network {network.name} has no IP address {shown(reference)}; give an id, a name or an address"
            )
        try:
            cidr = ipaddress.ip_network(network.address, strict=False)
        except ValueError:  # nothing to compare with
            return None
        if address not in cidr:
            return Fault(path, f"{reference} is outside of network {network.name}, which has {network.address}")
        if reference in (str(cidr.network_address), str(cidr.broadcast_address), network.gateway):
            return Fault(path, f"{reference} is reserved in network {network.name}")
        return None

    def _in_use(self, path: str, ip: Ip) -> Fault | None:
        if ip.state in (FREE, ""):
            return None
        holder = self._holder(ip)
        if holder is not None and holder.tags.get(STACK_TAG) == self._stack:
            return None  # the last build of this stack, which gives it back before the next one takes it
        by = f" by VM {holder.name} ({holder.id})" if holder is not None else ""
        return Fault(path, f"{ip.address} is in use{by}; free it first, or give another one")

    def _holder(self, ip: Ip) -> Any:
        """The VM that has the address, straight or through an associated private one; None when it cannot be told."""
        private = self._ip(ip.associated_ip) if ip.associated_ip else ip
        if private is None or not private.associated_netadp:
            return None
        try:
            adapter = self._client.netadps.get(private.associated_netadp)
            return self._client.vms.get(adapter.assigned_id) if adapter.assigned_id else None
        except (NotFound, Refused):
            return None


def found_or_none(get: Callable[[str], Any], reference: str) -> Any:
    """The object, or None when there is none that this project may see."""
    try:
        return get(reference)
    except NotFound:
        return None


def unknown(noun: str, reference: str) -> str:
    """Say that there is no such object."""
    return f"HyperOne has no {noun} {shown(reference)} that this project can see; give an existing id or name"
