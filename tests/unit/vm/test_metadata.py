"""What the guest is told about itself, and in which network it believes to be."""

from __future__ import annotations

import json
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import Adapter, DiskRef, MachineSpec
from pulumi_hyperone.local_cloud.machines.vm.metadata import cloud_json, guest_network


def adapter(*addresses: str, gateway: str, netmask: str = "255.255.255.0") -> Adapter:
    """An adapter with these addresses."""
    return Adapter("52:54:00:00:00:01", addresses, gateway, netmask, ("8.8.8.8",))


def test_loopback_addresses_become_addresses_of_a_user_network():
    """A public address of the local cloud cannot exist in a guest; every adapter gets a network of its own."""
    public = adapter("127.77.0.5", gateway="127.77.0.1", netmask="255.255.0.0")
    first, second = guest_network(public, 0), guest_network(public, 1)
    assert first.network == IPv4Network("10.0.2.0/24")
    assert (first.addresses, first.gateway) == ((IPv4Address("10.0.2.15"),), IPv4Address("10.0.2.2"))
    assert second.network == IPv4Network("10.0.3.0/24")


def test_private_addresses_are_kept_and_the_name_server_takes_none_of_them():
    """The guest has its private address; gateway and addresses stay what the network says."""
    one = guest_network(adapter("192.168.7.1", "192.168.7.2", gateway="192.168.7.3"), 0)
    assert one.addresses == (IPv4Address("192.168.7.1"), IPv4Address("192.168.7.2"))
    assert one.nameserver == IPv4Address("192.168.7.4")


def test_networks_that_cannot_work_fall_back():
    """No address, no gateway, a gateway outside, or no room for the name server: the user network is used."""
    for broken in (
        adapter(gateway="192.168.7.1"),
        adapter("192.168.7.5", gateway=""),
        adapter("192.168.7.5", gateway="192.168.8.1"),
        adapter("192.168.7.2", gateway="192.168.7.1", netmask="255.255.255.252"),
    ):
        assert guest_network(broken, 0).network == IPv4Network("10.0.2.0/24")


def spec(password: str | None) -> MachineSpec:
    """A machine with one adapter."""
    disk = DiskRef("d", Path("d"), 1)
    one = adapter("10.1.1.9", gateway="10.1.1.1")
    return MachineSpec(
        *("i-1", "web", Path("vm"), "guru", ("ssh-ed25519 AAAA me",), password, b"", 1, 512),
        *((one,), (disk,), ("127.77.0.5",), 22),
    )


def test_cloud_json_has_what_the_data_source_insists_on():
    """Keys of RbxCloud's reader; the password is there only when one is set."""
    networks = [guest_network(spec(None).adapters[0], 0)]
    content = json.loads(cloud_json(spec(None), networks))
    assert content["vm"] == {"_id": "i-1", "name": "web"}
    assert content["additionalMetadata"] == {"username": "guru", "sshKeys": ["ssh-ed25519 AAAA me"]}
    assert content["netadp"][0]["ip"] == [{"address": "10.1.1.9"}]
    assert content["netadp"][0]["network"]["netmask"] == "255.255.255.0"
    assert json.loads(cloud_json(spec("$6$x"), networks))["additionalMetadata"]["password"] == {"sha512": "$6$x"}
