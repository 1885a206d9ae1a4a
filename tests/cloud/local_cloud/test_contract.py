"""Replies and refusals as the published contract of v1 has them (API facts 1.2, 2.1-2.5)."""

from __future__ import annotations

import ipaddress
import re

import pytest

pytestmark = pytest.mark.cloud

ID = re.compile(r"[0-9a-f]{24}")


@pytest.fixture
def session(api) -> dict:
    """Headers of a user's session."""
    login = api.local.info["login"]
    reply = api.ok("POST", f"/user/{login['username']}/session", {"password": login["password"]})
    return {"x-auth-token": reply["id"]}


def network(api, name: str, address: str, **fields) -> dict:
    """A new private network."""
    return api.ok("POST", "/network", {"name": name, "address": address, **fields})


def test_absent_references_are_left_out(api) -> None:
    """No vm on a free disk, no source image on an empty VM, no gateway or firewall where none was set."""
    vm = api.vm(boot=False)
    adapter = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]
    assert not {"netgw", "firewall"} & adapter["network"].keys()
    assert "firewall" not in adapter
    disk = api.ok("GET", f"/vm/{vm['id']}/hdd")[0]["disk"]["id"]
    assert api.ok("GET", f"/disk/{disk}")["vm"] == vm["id"]
    api.ok("DELETE", f"/vm/{vm['id']}", {})
    assert "vm" not in api.ok("GET", f"/disk/{disk}")
    bare = api.ok("POST", "/vm", {"name": "bare", "service": "a1.nano", "sshKeys": []})
    assert "sourceImage" not in bare
    tokens = f"/project/{api.local.project}/credential/authtoken"
    assert "expiry" not in api.ok("GET", tokens)[0]
    for noun in ("vm", "disk", "image/all", "ip", "netadp", "network", "project", "service", "user/me"):
        api.ok("GET", f"/{noun}")


def test_limits_are_numbers_by_resource(api) -> None:
    """Each resource has a count, disks a size and VMs a memory as well; others of the contract's texts are left out."""
    limits = api.ok("GET", "/project/local/limit")
    assert set(limits["vm"]) == {"count", "memory"}
    assert set(limits["disk"]) == {"count", "size"}
    for noun in ("image", "ip", "network"):
        assert set(limits[noun]) == {"count"}
    assert all(isinstance(value, int) for limit in limits.values() for value in limit.values())


def test_prices_of_services_are_for_a_period_in_words(api) -> None:
    """`billing.period` is a text; prices are numbers."""
    for service in api.ok("GET", "/service"):
        assert isinstance(service["billing"]["period"], str)
        assert set(service["billing"]["price"].values()) == {0}


def test_project_names_logins_and_an_organisation(api, session) -> None:
    """Access rights are Active and name the login; the organisation is an id, and found by name too."""
    project = api.ok("GET", "/project/local")
    login = api.local.info["login"]["username"]
    assert project["accessRights"] == [{"id": login, "role": "owner", "state": "Active"}]
    assert ID.fullmatch(project["organisation"])
    by_id = api.ok("POST", "/project", {"name": "a", "organisation": project["organisation"]}, **session)
    by_name = api.ok("POST", "/project", {"name": "b", "organisation": "local"}, **session)
    assert by_id["organisation"] == by_name["organisation"] == project["organisation"]
    assert "not found" in api.refused("POST", "/project", {"name": "c", "organisation": "other"}, 404, **session)
    for reference in ("local", project["organisation"]):
        assert len(api.ok("GET", f"/project?organisation={reference}", **session)) == 3


def test_projects_are_listed_by_tag_and_name(api, session) -> None:
    """`?tag[key]=value` and `?name=` as for every resource; tags can be given at creation."""
    made = api.ok("POST", "/project", {"name": "tagged", "organisation": "local", "tag": {"team": "web"}}, **session)
    for query in ("tag[team]=web", "name=tagged", "name=tagged&tag[team]=web"):
        assert [one["id"] for one in api.ok("GET", f"/project?{query}", **session)] == [made["id"]]
    for query in ("tag[team]=db", "name=local&tag[team]=web"):
        assert api.ok("GET", f"/project?{query}", **session) == []


def test_user_credential_is_an_object(api, session, key) -> None:
    """One entry per kind of credential: the newest SSH key as `certificate`, nothing without keys."""
    assert api.ok("GET", "/user/me", **session)["credential"] == {}
    for name in ("old", "new"):
        api.ok("POST", "/user/me/credential/certificate", {"name": name, "type": "ssh", "value": key.public}, **session)
    certificate = api.ok("GET", "/user/me", **session)["credential"]["certificate"]
    assert (certificate["name"], certificate["type"]) == ("new", "ssh")
    assert certificate["fingerprint"]


def test_rule_of_a_token_is_shown_by_its_id(api) -> None:
    """A rule carries both ids, and GET access/{id} shows it."""
    tokens = f"/project/{api.local.project}/credential/authtoken"
    rules = f"{tokens}/{api.ok('POST', tokens, {'name': 'narrow'})['id']}/access"
    rule = api.ok("POST", rules, {"method": "GET", "path": "/vm"})
    assert rule["_id"] == rule["id"]
    assert api.ok("GET", f"{rules}/{rule['id']}") == rule
    assert rule in api.ok("GET", rules)
    api.ok("DELETE", f"{rules}/{rule['id']}")
    api.refused("GET", f"{rules}/{rule['id']}", None, 404)


def test_names_are_no_address_literals(api) -> None:
    """`fqdn` of vm, netadp and ip is a name of its own that stays the same; a netadp has a name it is found by."""
    vm = api.vm(boot=False)
    adapter = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]
    names = [vm["fqdn"], adapter["fqdn"], adapter["ip"][0]["fqdn"]]
    assert len(set(names)) == 3
    for name in names:
        assert "." in name
        with pytest.raises(ValueError, match="does not appear"):
            ipaddress.ip_address(name)
    assert api.ok("GET", f"/vm/{vm['id']}")["fqdn"] == vm["fqdn"]
    assert adapter["name"]
    assert api.ok("GET", f"/netadp/{adapter['name']}")["id"] == adapter["id"]
    assert api.ok("GET", f"/vm/{vm['id']}/netadp/{adapter['name']}")["id"] == adapter["id"]


def test_private_ip_chooses_the_network(api, body) -> None:
    """An ip of one's own without a network puts the adapter into the ip's network, at creation and later."""
    lan = network(api, "lan", "127.78.252.0/24")
    ips = [api.ok("POST", "/ip", {"network": lan["id"]}) for _ in range(2)]
    vm = api.vm(netadp=[{"service": "private", "ip": [ips[0]["id"]]}], boot=False)
    added = api.ok("POST", f"/vm/{vm['id']}/netadp", {"service": "public", "ip": ips[1]["id"]})
    adapters = api.ok("GET", f"/vm/{vm['id']}/netadp")
    assert [one["network"]["id"] for one in adapters] == [lan["id"]] * 2
    assert [one["ip"][0]["id"] for one in adapters] == [ip["id"] for ip in ips]
    assert added["id"] == adapters[1]["id"]
    public = {"service": "public", "network": "lan", "ip": [api.ok("POST", "/ip", {})["id"]]}
    assert "not in" in api.refused("POST", "/vm", body(netadp=[public]))


def test_gateway_can_be_an_ip_of_ones_own(api, body) -> None:
    """The machine that is the gateway gets the network's gateway; no automatic address is ever that one."""
    lan = network(api, "lan", "10.9.0.0/29", gateway="10.9.0.1")
    gateway = api.ok("POST", "/network/lan/ip", {"address": "10.9.0.1"})
    assert gateway["id"] in [ip["id"] for ip in api.ok("GET", "/network/lan/ip")]
    assert "in use" in api.refused("POST", "/ip", {"network": lan["id"], "address": "10.9.0.1"})
    vm = api.vm(netadp=[{"service": "private", "network": "lan", "ip": [gateway["id"]]}], boot=False)
    assert api.address(vm) == "10.9.0.1"
    others = {api.ok("POST", "/network/lan/ip")["address"] for _ in range(5)}
    assert others == {f"10.9.0.{host}" for host in range(2, 7)}


def test_ip_replace(api, key, ssh) -> None:
    """The adapter answers on the new address instead of the old one, which is free again; both forms of the action."""
    port = api.local.ssh_port
    vm = api.vm(sshKeys=[key.public])
    old, new, spare = (api.ok("POST", "/ip", {}) for _ in range(3))
    adapter = f"/vm/{vm['id']}/netadp/{api.ok('GET', '/netadp')[0]['id']}"
    api.ok("POST", f"{adapter}/ip", {"ip": old["id"]})
    data = {"oldIP": old["address"], "newIP": new["id"]}
    changed = api.ok("POST", f"{adapter}/actions", {"name": "ip_replace", "data": data})
    assert old["id"] not in [ip["id"] for ip in changed["ip"]]
    assert ssh(new["address"], port, "whoami") == "guru"
    assert api.ok("GET", f"/ip/{old['id']}")["state"] == "Unallocated"
    with pytest.raises(AssertionError):
        ssh(old["address"], port, "whoami")
    changed = api.ok("POST", f"{adapter}/actions/ip_replace", {"oldIP": new["id"], "newIP": spare["address"]})
    assert spare["id"] in [ip["id"] for ip in changed["ip"]]
    assert "not on netadp" in api.refused("POST", f"{adapter}/actions/ip_replace", data)
    assert "newIP" in api.refused("POST", f"{adapter}/actions", {"name": "ip_replace", "data": {"oldIP": "x"}})
    assert "unknown action" in api.refused("POST", f"{adapter}/actions", {"name": "dance"})


def test_tag_and_firewall_of_adapters_are_kept(api) -> None:
    """At a VM's creation and afterwards; a firewall can also be set on a network and taken off again."""
    firewall = "5b3f7c863adfaa0d10f7b445"
    wanted = {"service": "public", "tag": {"a": "b"}, "firewall": firewall}
    vm = api.vm(netadp=[wanted], boot=False)
    api.ok("POST", f"/vm/{vm['id']}/netadp", wanted)
    for adapter in api.ok("GET", f"/vm/{vm['id']}/netadp"):
        assert (adapter["tag"], adapter["firewall"]) == ({"a": "b"}, firewall)
        assert "firewall" not in api.ok("POST", f"/netadp/{adapter['id']}/actions/firewall_remove")
    assert len(api.ok("GET", "/netadp?tag[a]=b")) == 2
    network(api, "lan", "10.9.1.0/24")
    assert api.ok("POST", "/network/lan/actions/firewall_add", {"firewall": firewall})["firewall"] == firewall
    assert "firewall" not in api.ok("POST", "/network/lan/actions/firewall_remove")


@pytest.mark.parametrize(
    ("path", "fields", "name"),
    [
        ("/vm", {"cloud": "other"}, "cloud"),
        ("/vm", {"iso": "debian.iso"}, "iso"),
        ("/vm", {"disk": [{"service": "ssd", "size": 1, "cloud": "other"}]}, "disk.0.cloud"),
        ("/disk", {"cloud": "other"}, "cloud"),
        ("/disk", {"metadata": {"source": {"filename": "a.vhdx", "size": 1}}}, "metadata"),
    ],
)
def test_what_is_not_supported_is_refused(api, body, path, fields, name) -> None:
    """Fields that change what is made are not ignored: a 400 names them, and nothing is made."""
    usual = body(boot=False) if path == "/vm" else {"name": "data", "service": "ssd", "size": 1}
    error = api.ok("POST", path, {**usual, **fields}, 400)
    assert "local cloud" in error["error"][name]["message"]
    assert not any(api.inventory().values())


def test_vm_that_was_not_made_can_only_be_deleted(api, body) -> None:
    """A create that failed after its 202 leaves `created: false`: it does not start, change or become an image."""
    api.fault(operation="vm.create", action="event_error", message="out of hosts", early=True)
    vm = api.ok("POST", "/vm", body(), 202)
    disk = api.inventory()["disks"][0]["id"]
    path = f"/vm/{vm['id']}"
    states = (api.ok("GET", path) for _ in range(500))
    assert next(state for state in states if not state["processing"])["created"] is False
    for action in ("start", "restart", "stop", "turnoff"):
        assert "was not made" in api.refused("POST", f"{path}/actions/{action}")
    assert "was not made" in api.refused("POST", f"{path}/actions/rename", {"newname": "x"})
    assert "was not made" in api.refused("POST", f"{path}/netadp", {"service": "public"})
    assert "was not made" in api.refused("POST", f"/disk/{disk}/actions/rename", {"newname": "x"})
    api.refused("POST", "/image", {"name": "i", "vm": vm["id"]})
    api.ok("DELETE", path, {"removeDisks": [disk]})
    assert not any(api.inventory().values())
