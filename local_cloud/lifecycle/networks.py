"""Adapters, addresses and networks: planning, pairing, giving back (API facts 2.4; 5, rows 11-15)."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass, field

from pulumi_hyperone.local_cloud.access import lookup
from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.lifecycle.addresses import Addresses, is_dotted
from pulumi_hyperone.local_cloud.lifecycle.bodies import NewNetadp
from pulumi_hyperone.local_cloud.lifecycle.events import refuse_busy
from pulumi_hyperone.local_cloud.state import catalog
from pulumi_hyperone.local_cloud.state.records import Ip, Netadp, Network, Resource, Vm
from pulumi_hyperone.local_cloud.state.refusals import ApiError, bad_request, not_found
from pulumi_hyperone.local_cloud.state.store import Store


@dataclass
class AdapterPlan:
    """An adapter that is about to be, with its addresses; nothing is stored yet."""

    adapter: Netadp
    ips: list[Ip] = field(default_factory=list)

    def commit(self, store: Store) -> None:
        """Store the adapter and bind the addresses to it."""
        for ip in self.ips:
            ip.netadp = self.adapter.id
        store.save(self.adapter, *self.ips)


def ip_state(ip: Ip) -> str:
    """Associated: paired with another address; Allocated: on an adapter; else Unallocated (API facts 5, row 14)."""
    if ip.peer or ip.fip:
        return "Associated"
    return "Allocated" if ip.netadp else "Unallocated"


class NetworkLife:
    """Everything about adapters, ips and networks."""

    def __init__(self, store: Store, addresses: Addresses) -> None:
        self._store = store
        self._addresses = addresses

    def plan_adapter(self, caller: Caller, wanted: NewNetadp, taken: set[str]) -> AdapterPlan:
        """An adapter for a VM. The network decides between private and public, not the service (facts 5, row 12).

        `wanted.ip` are ips by id, name or address; none means an automatic one. `taken` collects addresses over
        several plans. Raises ApiError.
        """
        flavour = catalog.find_service(wanted.service, "netadp") if wanted.service else None
        net = self._network_of(caller, wanted, private=flavour is not None and flavour.name == "private")
        flavour = flavour or catalog.find_service(net.type, "netadp")
        macaddress = "00:15:5d:" + ":".join(f"{byte:02x}" for byte in secrets.token_bytes(3))
        adapter = Netadp(
            **caller.made(flavour),
            name=macaddress,
            state="Online",
            created=True,
            macaddress=macaddress,
            network_id=net.id,
            firewall=wanted.firewall,
            tag=wanted.tag,
        )
        return AdapterPlan(adapter, self.plan_ips(caller, net, wanted.ip or [""], taken))

    def _network_of(self, caller: Caller, wanted: NewNetadp, *, private: bool) -> Network:
        if wanted.network:
            return lookup.find(self._store, Network, wanted.network, caller)
        for reference in wanted.ip:
            ip = next(iter(self._own_ips(caller, reference)), None)
            network = self._store.get(Network, ip.network) if ip else None
            if network is not None:
                return network
        if private:
            raise bad_request("a private adapter needs a network, or an ip of one", network="required")
        return self.public_network()

    def plan_ips(self, caller: Caller, network: Network, references: list[str], taken: set[str]) -> list[Ip]:
        """Free ips of a network: the caller's own by id, name or address, new ones, or (empty text) automatic ones.

        `taken` collects addresses over several plans. Raises ApiError.
        """
        ips: list[Ip] = []
        for reference in references:
            ip = self._plan_ip(caller, network, reference, taken)
            if ip.address in taken:
                raise bad_request(f"address {ip.address} is in use")
            taken.add(ip.address)
            ips.append(ip)
        return ips

    def _plan_ip(self, caller: Caller, network: Network, reference: str, taken: set[str]) -> Ip:
        if reference:
            existing = self._existing_ip(caller, network, reference)
            if existing is not None:
                return existing
        public = network.type == "public"
        if reference and (public or not is_dotted(reference)):
            raise not_found("ip", reference)
        if public:
            address = self._addresses.free_public(taken)
        elif reference:
            address = self._addresses.check_private(network, reference, taken)
        else:
            address = self._addresses.free_private(network, taken)
        return self.new_ip(caller, network, address, persistent=False)

    def _existing_ip(self, caller: Caller, network: Network, reference: str) -> Ip | None:
        own = self._own_ips(caller, reference)
        ip = next((one for one in own if one.network == network.id), None)
        if ip is None:
            if own and not is_dotted(reference):
                raise bad_request(f"ip {own[0].address} is in network '{own[0].network}', not in '{network.id}'")
            return None
        refuse_busy(ip)
        if ip_state(ip) != "Unallocated":
            raise bad_request(f"ip {ip.address} is in use")
        return ip

    def _own_ips(self, caller: Caller, reference: str) -> list[Ip]:
        """The caller's ips that a reference may mean, the newest first; networks may share an address."""
        spellings = lookup.spellings(reference)
        own = [ip for ip in self._store.all(Ip) if ip.project == caller.project]
        return [ip for ip in reversed(own) if any(text in (ip.id, ip.address, ip.name) for text in spellings)]

    def new_ip(self, caller: Caller, network: Network, address: str, *, persistent: bool) -> Ip:
        """A new ip object, not stored yet."""
        service = catalog.find_service("public", "ip")
        return Ip(
            **caller.made(service),
            name=address,
            state="Unallocated",
            created=True,
            address=address,
            network=network.id,
            persistent=persistent,
        )

    def plan_ip(self, caller: Caller, network: str | None, address: str | None) -> Ip:
        """An ip of the user's own: private when a network is named, else public. Raises ApiError."""
        net = lookup.find(self._store, Network, network, caller) if network else self.public_network()
        if net.type == "public":
            chosen = self._addresses.check_public(address) if address else self._addresses.free_public()
        elif address:
            chosen = self._addresses.check_private(net, address, gateway=True)
        else:
            chosen = self._addresses.free_private(net)
        return self.new_ip(caller, net, chosen, persistent=True)

    def plan_network(self, caller: Caller, name: str, address: str | None, gateway: str | None) -> Network:
        """A private network; the server chooses the CIDR when none is given. Raises ApiError."""
        if gateway and not address:
            raise bad_request("gateway needs address", gateway="needs address")
        cidr = parse_cidr(address or self._addresses.free_cidr())
        service = catalog.find_service("private", "network")
        return Network(
            **caller.made(service),
            name=name,
            state="Online",
            address=str(cidr),
            broadcast=str(cidr.broadcast_address),
            gateway=check_gateway(cidr, gateway) if gateway else str(cidr.network_address + 1),
        )

    def public_network(self) -> Network:
        """The network of the public addresses."""
        network = self._store.get(Network, catalog.PUBLIC_NETWORK)
        if network is None:
            raise ApiError(500, "the public network is missing")
        return network

    def adapters(self, vm: Vm) -> list[Netadp]:
        """The adapters of a VM, oldest first."""
        return self._store.having(Netadp, vm.id)

    def ips_of(self, adapter: Netadp) -> list[Ip]:
        """The ips bound to an adapter, oldest first."""
        return self._store.having(Ip, adapter.id)

    def public_peer(self, ip: Ip) -> Ip | None:
        """The public ip that is paired with a private one."""
        return self._store.get(Ip, ip.fip) if ip.fip else None

    def pair(self, public: Ip, private: Ip) -> None:
        """Associate a public ip with a private one."""
        public.peer, private.fip = private.id, public.id
        self._store.save(public, private)

    def check_pair(self, public: Ip, private: Ip) -> None:
        """Refuse a pairing that cannot be. Raises a 400."""
        if public.network != catalog.PUBLIC_NETWORK:
            raise bad_request(f"ip {public.address} is not public")
        if private.network == catalog.PUBLIC_NETWORK:
            raise bad_request(f"ip {private.address} is not private")
        if ip_state(public) != "Unallocated":
            raise bad_request(f"ip {public.address} is in use: its state is {ip_state(public)}")
        if private.fip:
            raise bad_request(f"ip {private.address} is associated already")

    def unpair(self, ip: Ip) -> None:
        """End the pairing of an ip, from either side; an automatic public ip vanishes with it."""
        other = self._store.get(Ip, ip.peer or ip.fip or "")
        for one in (ip, other):
            if one is not None:
                one.peer = one.fip = None
                self._store.save(one)

    def release_ip(self, ip: Ip) -> None:
        """Take an ip off its adapter: the user's own becomes free, an automatic one vanishes (facts 5, row 15)."""
        self.unpair(ip)
        ip.netadp = None
        if ip.persistent:
            self._store.save(ip)
        else:
            self._store.remove(ip)

    def remove_adapter(self, adapter: Netadp) -> None:
        """Remove an adapter and give its addresses back."""
        for ip in self.ips_of(adapter):
            self.release_ip(ip)
        self._store.remove(adapter)

    def check_network_free(self, network: Network) -> None:
        """Refuse to delete a network that an adapter is in. Raises a 400."""
        users = [adapter for adapter in self._store.all(Netadp) if adapter.network_id == network.id]
        if users:
            raise bad_request(f"network '{network.id}' is in use by {len(users)} adapter(s)")

    def remove_network(self, network: Network) -> None:
        """Remove a network and the ips in it."""
        for ip in [one for one in self._store.all(Ip) if one.network == network.id]:
            self.unpair(ip)
            self._store.remove(ip)
        self._store.remove(network)


def parse_cidr(text: str) -> ipaddress.IPv4Network:
    """A CIDR with room for hosts. Raises a 400."""
    try:
        cidr = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise bad_request(f"address: {str(error)[:100]}", address="no CIDR") from None
    if not 8 <= cidr.prefixlen <= 29:
        raise bad_request("address: the prefix length must be from 8 to 29", address="prefix length")
    return cidr


def check_gateway(cidr: ipaddress.IPv4Network, text: str) -> str:
    """A gateway inside its network. Raises a 400."""
    if not is_dotted(text) or ipaddress.IPv4Address(text) not in cidr:
        raise bad_request(f"gateway must be an address inside {cidr}", gateway="outside of the network")
    return text


def refuse_protected(resource: Resource) -> None:
    """Refuse to delete what carries the tag `protected` (API facts 1.5). Raises a 400."""
    if "protected" in resource.tag:
        raise bad_request(f"{resource.type_name} '{resource.id}' is protected: remove its tag 'protected' first")
