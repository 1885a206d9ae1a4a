"""IPv4 addresses: public ones from 127.77.0.0/16, private networks from 127.78.0.0/16 unless given.

All of 127.0.0.0/8 is loopback on Linux, so machines are reachable on this host. Several clouds may run at once: each
keeps to one /24 of its own, and an address is handed out only when the SSH port can be bound on it.
"""

from __future__ import annotations

import ipaddress
import random
import socket
from collections.abc import Iterable

from pulumi_hyperone.local_cloud.state.catalog import PUBLIC_NETWORK
from pulumi_hyperone.local_cloud.state.home import SSH_PORTS
from pulumi_hyperone.local_cloud.state.records import Ip, Network
from pulumi_hyperone.local_cloud.state.refusals import bad_request
from pulumi_hyperone.local_cloud.state.store import Store

NAMESERVERS = ["10.0.2.3"]
BLOCKS = range(1, 255)


def can_bind(address: str, port: int) -> bool:
    """Whether a TCP listener could be opened there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def choose_ssh_port(block: int) -> int:
    """Port 22 where it can be bound on the cloud's addresses, else 2222."""
    return next((port for port in SSH_PORTS if can_bind(f"127.77.{block}.250", port)), SSH_PORTS[-1])


class Block:
    """One of 254 address blocks, held while the server runs, so that clouds side by side do not mix."""

    def __init__(self, wanted: int | None) -> None:
        """Take block `wanted`, else a free one by chance."""
        self.number = wanted or 0
        self._socket: socket.socket | None = None
        if wanted is not None:
            self._socket = self._hold(wanted)
            return
        candidates = random.sample(BLOCKS, len(BLOCKS))
        for number in candidates:
            self._socket = self._hold(number)
            if self._socket:
                self.number = number
                return
        self.number = candidates[0]

    @staticmethod
    def _hold(number: int) -> socket.socket | None:
        holder = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            holder.bind(f"\0hyperone-local-block-{number}")
        except OSError:
            holder.close()
            return None
        return holder

    def release(self) -> None:
        """Let other clouds have the block."""
        if self._socket:
            self._socket.close()


class Addresses:
    """Hands out addresses and CIDRs; what is in use is what the store says."""

    def __init__(self, store: Store, block: int, ssh_port: int) -> None:
        self._store = store
        self._block = block
        self.ssh_port = ssh_port

    def in_use(self, network_id: str) -> set[str]:
        """All addresses of a network that some ip object has."""
        return {ip.address for ip in self._store.all(Ip) if ip.network == network_id}

    def free_public(self, taken: Iterable[str] = ()) -> str:
        """A public address that nobody has; `taken` are further ones to leave alone. Raises a 400 when none is left."""
        used = self.in_use(PUBLIC_NETWORK) | set(taken)
        blocks = [self._block, *(number for number in BLOCKS if number != self._block)]
        for number in blocks:
            for host in BLOCKS:
                address = f"127.77.{number}.{host}"
                if address not in used and can_bind(address, self.ssh_port):
                    return address
        raise bad_request("no public ip address is free")

    def check_public(self, text: str) -> str:
        """A public address that the user chose; refuses one outside the pool or in use."""
        address = parse_address(text)
        if address not in ipaddress.ip_network("127.77.0.0/16"):
            raise bad_request(f"address {address} is not in the public pool 127.77.0.0/16")
        if str(address) in self.in_use(PUBLIC_NETWORK) or not can_bind(str(address), self.ssh_port):
            raise bad_request(f"address {address} is in use")
        return str(address)

    def free_private(self, network: Network, taken: Iterable[str] = ()) -> str:
        """A free address of a private network; on loopback only where SSH can listen. Raises a 400 when it is full."""
        used = self.in_use(network.id) | set(taken) | {network.gateway}
        for host in ipaddress.ip_network(network.address).hosts():
            address = str(host)
            if address not in used and (not host.is_loopback or can_bind(address, self.ssh_port)):
                return address
        raise bad_request(f"network '{network.id}' has no free address")

    def check_private(self, network: Network, text: str, taken: Iterable[str] = (), *, gateway: bool = False) -> str:
        """A private address that the user chose: inside the network, a host's, in nobody's use.

        The network's gateway only with `gateway`: an ip of the user's own for the machine that is the gateway.
        """
        address = parse_address(text)
        cidr = ipaddress.ip_network(network.address)
        if address not in cidr:
            raise bad_request(f"address {address} is outside of network {network.address}")
        reserved = {str(cidr.network_address), network.broadcast, *(() if gateway else (network.gateway,))}
        if str(address) in reserved:
            raise bad_request(f"address {address} is reserved in network {network.address}")
        if str(address) in self.in_use(network.id) | set(taken):
            raise bad_request(f"address {address} is in use")
        return str(address)

    def free_cidr(self) -> str:
        """A /24 inside 127.78.0.0/16 that no network of this cloud has, the cloud's own block first."""
        used = {network.address for network in self._store.all(Network)}
        for step in range(256):
            cidr = f"127.78.{(self._block + step) % 256}.0/24"
            if cidr not in used:
                return cidr
        raise bad_request("no private address range is free: give an address")


def parse_address(text: str) -> ipaddress.IPv4Address:
    """A dotted IPv4 address. Raises a 400."""
    try:
        return ipaddress.IPv4Address(text)
    except ValueError:
        raise bad_request(f"'{text[:60]}' is not an IPv4 address", address="no IPv4 address") from None


def is_dotted(text: str) -> bool:
    """Whether the text is a dotted IPv4 address."""
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def is_reachable(address: str) -> bool:
    """Whether this host can reach the address without routing: it is loopback."""
    return ipaddress.IPv4Address(address).is_loopback
