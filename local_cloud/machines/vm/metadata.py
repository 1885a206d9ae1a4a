"""What the guest is told about itself: the CLOUDMD disk that cloud-init's RbxCloud data source reads.

Layout: API facts 2.5 (guest hand-off). User networking has no loopback addresses, so an adapter whose addresses are
loopback ones gets an address in a network of QEMU's own; SSH is forwarded to it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import Adapter, MachineSpec
from pulumi_hyperone.local_cloud.machines.vm import host

LABEL = "CLOUDMD"
FILE = "cloudmd.img"
_SMALLEST_KIB = 1440
_ROOM_KIB = 512


@dataclass(frozen=True)
class GuestNetwork:
    """The user network behind one adapter, as the guest sees it."""

    mac: str
    network: IPv4Network
    addresses: tuple[IPv4Address, ...]
    gateway: IPv4Address
    nameserver: IPv4Address


def guest_network(adapter: Adapter, index: int) -> GuestNetwork:
    """The network of the `index`-th adapter: its own if a guest can have these addresses, else 10.0.(2+index).0/24."""
    try:
        interfaces = [IPv4Interface(f"{address}/{adapter.netmask}") for address in adapter.addresses]
        gateway = IPv4Address(adapter.gateway)
    except ValueError:
        interfaces = []
    else:
        interfaces = [one for one in interfaces if not one.ip.is_loopback]
    if interfaces and gateway in interfaces[0].network and interfaces[0].network.num_addresses >= 8:
        network = interfaces[0].network
        addresses = tuple(one.ip for one in interfaces if one.ip in network)
        taken = {gateway, *addresses}
        nameserver = next(host_ for host_ in network.hosts() if host_ not in taken)
        return GuestNetwork(adapter.mac, network, addresses, gateway, nameserver)
    network = IPv4Network(f"10.0.{2 + index}.0/24")
    first = network.network_address
    return GuestNetwork(adapter.mac, network, (first + 15,), first + 2, first + 3)


def cloud_json(spec: MachineSpec, networks: list[GuestNetwork]) -> str:
    """The text of cloud.json."""
    additional: dict[str, object] = {"username": spec.username, "sshKeys": list(spec.ssh_keys)}
    if spec.password_sha512:
        additional["password"] = {"sha512": spec.password_sha512}
    adapters = [
        {
            "macaddress": one.mac,
            "ip": [{"address": str(address)} for address in one.addresses],
            "network": {
                "gateway": str(one.gateway),
                "netmask": str(one.network.netmask),
                "dns": {"nameservers": [str(one.nameserver)]},
            },
        }
        for one in networks
    ]
    content = {"vm": {"_id": spec.vm_id, "name": spec.name}, "additionalMetadata": additional, "netadp": adapters}
    return json.dumps(content, indent=1)


async def write(spec: MachineSpec, networks: list[GuestNetwork]) -> Path:
    """Write the CLOUDMD disk into the machine's folder, readable by its owner only; returns its path."""
    content = spec.folder / "cloudmd"
    content.mkdir(mode=0o700, exist_ok=True)
    (content / "cloud.json").write_text(cloud_json(spec, networks))
    (content / "user.data").write_bytes(spec.user_data)
    image = spec.folder / FILE
    image.unlink(missing_ok=True)
    size = max(_SMALLEST_KIB, sum(file.stat().st_size for file in content.iterdir()) // 1024 + _ROOM_KIB)
    await host.run(["mkfs.vfat", "-C", "-n", LABEL, image, str(size)], "making the CLOUDMD disk", timeout=30)
    image.chmod(0o600)
    files = [content / "cloud.json", content / "user.data"]
    await host.run(["mcopy", "-i", image, *files, "::"], "filling the CLOUDMD disk", timeout=30)
    for file in files:
        file.unlink()
    content.rmdir()
    return image
