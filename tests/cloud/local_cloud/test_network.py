"""Adapters, ips and networks (API facts 2.4; 3.4; 5, rows 11-15)."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.cloud


def test_own_public_ip_outlives_its_vm(api) -> None:
    """A user's ip goes Unallocated, Allocated, Unallocated; an automatic one vanishes with the VM."""
    own = api.ok("POST", "/ip", {"tag": {"a": "b"}})
    assert own["state"] == "Unallocated"
    vm = api.vm(netadp=[{"service": "public", "ip": [own["id"]]}, {"service": "public"}], boot=False)
    assert api.ok("GET", f"/ip/{own['address']}")["state"] == "Allocated"
    assert len(api.inventory()["ips"]) == 2
    assert [ip["id"] for ip in api.ok("GET", "/ip")] == [own["id"]]
    assert "in use" in api.refused("DELETE", f"/ip/{own['id']}")
    api.ok("DELETE", f"/vm/{vm['id']}", {})
    assert [(ip["id"], ip["state"]) for ip in api.inventory()["ips"]] == [(own["id"], "Unallocated")]
    api.ok("DELETE", f"/ip/{own['address']}")
    assert api.inventory()["ips"] == []


def test_ip_in_use_is_refused(api, body) -> None:
    """One ip, one adapter."""
    own = api.ok("POST", "/ip", {})
    adapters = [{"service": "public", "ip": [own["id"]]}]
    api.vm(netadp=adapters, boot=False)
    assert "in use" in api.refused("POST", "/vm", body(netadp=adapters))


@pytest.mark.parametrize("private", [None, "127.78.251.40"])
def test_public_ip_is_associated_with_the_private_one(api, key, ssh, private) -> None:
    """Network and public ip: SSH answers on both addresses, and only on the private one after disassociation."""
    network = api.ok("POST", "/network", {"name": "lan", "address": "127.78.251.0/24"})
    wanted = {"service": "private", "network": "lan", **({"ip": private} if private else {})}
    vm = api.vm(netadp=[wanted], sshKeys=[key.public])
    inside = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]["ip"][0]
    assert inside["network"] == network["id"]
    assert private in (None, inside["address"])
    own = api.ok("POST", "/ip", {})
    reply = api.ok("POST", f"/ip/{own['id']}/actions/associate", {"ip": private or inside["id"]})
    assert (reply["address"], reply["state"]) == (own["address"], "Associated")
    for address in (own["address"], inside["address"]):
        assert ssh(address, api.local.ssh_port, "whoami") == "guru"
    free = api.ok("POST", f"/ip/{own['address']}/actions/disassociate")
    assert free["state"] == "Unallocated"
    assert ssh(inside["address"], api.local.ssh_port, "whoami") == "guru"
    with pytest.raises(AssertionError):
        ssh(own["address"], api.local.ssh_port, "whoami")


def test_deleting_the_vm_frees_an_associated_ip(api) -> None:
    """The public ip is Unallocated again; the private automatic one is gone."""
    api.ok("POST", "/network", {"name": "lan"})
    vm = api.vm(netadp=[{"service": "private", "network": "lan"}])
    inside = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]["ip"][0]
    own = api.ok("POST", "/ip", {})
    api.ok("POST", f"/ip/{own['id']}/actions/associate", {"ip": inside["id"]})
    api.ok("DELETE", f"/vm/{vm['id']}", {})
    assert [(ip["id"], ip["state"]) for ip in api.inventory()["ips"]] == [(own["id"], "Unallocated")]


def test_allocate_keeps_an_automatic_ip(api) -> None:
    """After allocate the automatic ip is listed and outlives the VM."""
    vm = api.vm(boot=False)
    address = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]["ip"][0]["address"]
    api.ok("POST", f"/ip/{address}/actions", {"name": "allocate"})
    api.ok("DELETE", f"/vm/{vm['id']}", {})
    assert [ip["address"] for ip in api.ok("GET", "/ip")] == [address]


def test_network_address_rules(api, body) -> None:
    """Addresses must be inside, free, and no reserved ones; the server's own choice is reachable here."""
    chosen = api.ok("POST", "/network", {"name": "auto"})
    assert chosen["address"].startswith("127.78.")
    api.ok("POST", "/network", {"name": "lan", "address": "10.1.2.0/24", "gateway": "10.1.2.254"})

    def adapter(ip: str) -> dict:
        return body(netadp=[{"service": "private", "network": "lan", "ip": [ip]}], boot=False)

    assert "outside" in api.refused("POST", "/vm", adapter("10.1.3.4"))
    assert "reserved" in api.refused("POST", "/vm", adapter("10.1.2.254"))
    assert "reserved" in api.refused("POST", "/vm", adapter("10.1.2.255"))
    api.ok("POST", "/vm", adapter("10.1.2.9"))
    assert "in use" in api.refused("POST", "/vm", adapter("10.1.2.9"))
    assert "gateway" in api.refused("POST", "/network", {"name": "x", "gateway": "10.0.0.1"})
    api.refused("POST", "/network", {"name": "x", "address": "10.0.0.300/24"})


def test_network_ips_and_deletion(api) -> None:
    """Ips in a network are listed there; a network in use stays, a free one goes with its ips."""
    network = api.ok("POST", "/network", {"name": "lan"})
    ip = api.ok("POST", "/network/lan/ip")
    assert [one["id"] for one in api.ok("GET", "/network/lan/ip")] == [ip["id"]]
    assert [one["id"] for one in api.ok("GET", f"/ip?network={network['id']}")] == [ip["id"]]
    vm = api.vm(netadp=[{"service": "private", "network": "lan", "ip": ip["address"]}], boot=False)
    assert "in use" in api.refused("DELETE", "/network/lan")
    api.ok("DELETE", f"/vm/{vm['id']}", {})
    api.ok("DELETE", "/network/lan")
    assert api.inventory()["ips"] == []


def test_adapters_and_their_ips_can_be_added_and_removed(api, key, ssh) -> None:
    """A running machine answers on an added adapter's and ip's address at once, and no longer when they are gone."""
    port = api.local.ssh_port
    vm = api.vm(sshKeys=[key.public])
    added = api.ok("POST", f"/vm/{vm['id']}/netadp", {"service": "public"})
    assert ssh(added["ip"][0]["address"], port, "whoami") == "guru"
    more = api.ok("POST", f"/vm/{vm['id']}/netadp/{added['id']}/ip")
    second = more["ip"][1]["address"]
    assert ssh(second, port, "whoami") == "guru"
    api.ok("DELETE", f"/vm/{vm['id']}/netadp/{added['id']}/ip/{second}")
    assert len(api.ok("GET", f"/vm/{vm['id']}/netadp/{added['id']}/ip")) == 1
    api.ok("DELETE", f"/vm/{vm['id']}/netadp/{added['id']}")
    assert len(api.ok("GET", f"/netadp?assigned.id={vm['id']}")) == 1
    with pytest.raises(AssertionError):
        ssh(second, port, "whoami")
