"""Objects of v2: their lives, fields and references (v2 facts 1.4, 3)."""

from __future__ import annotations

import re
import shutil
from typing import Any

import pytest

pytestmark = pytest.mark.cloud

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
PLATFORM = "/networking/pl-waw-1/project/000000000000000000000000/network/5784e97be2627505227b578c"
needs_disks = pytest.mark.skipif(not shutil.which("qemu-img"), reason="blank disks need qemu-img")


def test_vm_from_create_to_delete(v2: Any, key: Any, ssh: Any) -> None:
    """As the vendor's builder goes: create with a key, find the address, log in, stop, image, delete, delete disks."""
    vm = v2.vm(credential=[{"type": "ssh", "value": key.public}], userMetadata="", tag=[])
    assert vm["state"] == "Running"
    assert ssh(v2.address(vm), v2.local.ssh_port, "whoami") == "guru"
    assert v2.ok("POST", f"{v2.vms}/{vm['id']}/actions/stop")["state"] == "Off"
    tag = {"id": "", "key": "a", "value": "b"}
    image = v2.ok("POST", v2.images, {"name": "made", "vm": vm["uri"], "description": "", "tag": [tag]})
    assert (image["state"], image["size"], image["tag"][0]["value"]) == ("Online", 10, "b")
    disks = v2.ok("GET", f"{v2.vms}/{vm['id']}/disk")
    assert "is attached" in v2.refused("DELETE", f"{v2.disks}/{disks[0]['id']}")
    assert v2.ok("DELETE", f"{v2.vms}/{vm['id']}", status=204) is None
    v2.refused("GET", f"{v2.vms}/{vm['id']}", status=404)
    assert v2.ok("GET", f"{v2.disks}/{disks[0]['id']}")["state"] == "Detached"
    v2.ok("DELETE", f"{v2.disks}/{disks[0]['id']}", status=204)
    again = v2.vm(image=image["uri"])
    assert again["state"] == "Running"


def test_fields_and_types(v2: Any) -> None:
    """Ids, URIs, times and numbers are what the published contract says; nothing of v1 and no null is in a reply."""
    vm = v2.vm(tag=[{"key": "k", "value": "v"}], start=False)
    image = v2.ok("POST", v2.images, {"name": "i", "vm": vm["id"]})
    adapter = v2.ok("GET", v2.netadps)[0]
    shown = {
        "vm": vm,
        "disk": v2.ok("GET", v2.disks)[0],
        "image": image,
        "netadp": adapter,
        "ip": v2.ok("GET", f"{v2.ips}?associated.netadp={adapter['id']}")[0],
        "network": v2.ok("POST", v2.networks, {"name": "n"}),
    }
    where = {"vm": v2.vms, "disk": v2.disks, "image": v2.images, "netadp": v2.netadps, "ip": v2.ips}
    for noun, one in shown.items():
        assert one["uri"] == f"{where.get(noun, v2.networks)}/{one['id']}"
        assert v2.ok("GET", one["uri"])["id"] == one["id"]
        assert one["project"] == v2.project
        assert re.fullmatch(r"[0-9a-f]{24}", one["id"])
        assert one["createdBy"] == v2.passport["subject_id"]
        assert TIME.fullmatch(one["createdOn"])
        assert TIME.fullmatch(one["modifiedOn"])
        assert isinstance(one["tag"], list)
        assert None not in one.values()
        assert not {"_id", "processing", "created", "queue", "services", "accessRights"} & one.keys()
    assert re.fullmatch(r"[0-9a-f]{24}", vm["tag"][0]["id"])
    assert (shown["disk"]["vm"], shown["disk"]["size"]) == (vm["uri"], 10)
    assert (adapter["assigned"], adapter["network"]) == (vm["uri"], PLATFORM)
    assert shown["ip"]["associated"] == {"netadp": adapter["uri"]}
    assert shown["ip"]["network"] == PLATFORM
    assert v2.ok("GET", PLATFORM)["type"] == "public"


@pytest.mark.parametrize("network", ["public", PLATFORM.rpartition("/")[2], PLATFORM])
@pytest.mark.parametrize("service", ["a1.nano", "/billing/project/platform/service/a1.nano"])
def test_bodies_take_ids_names_and_uris(v2: Any, network: str, service: str) -> None:
    """Of a URI the last segment counts, and an image is found by its alias."""
    image = f"/storage/pl-waw-1/project/{v2.local.project}/image/sandbox"
    vm = v2.vm(netadp=[{"network": network}], service=service, image=image, start=False)
    assert (vm["state"], vm["flavour"]) == ("Off", "a1.nano")
    assert v2.ok("GET", v2.netadps)[0]["network"] == PLATFORM
    assert v2.ok("POST", v2.images, {"name": "i", "vm": vm["name"]})["state"] == "Online"


def test_paths_take_ids_only(v2: Any) -> None:
    """Names in paths are not documented, so a client that uses them is told."""
    v2.vm(start=False)
    assert "vm 'builder' not found" in v2.refused("GET", f"{v2.vms}/builder", status=404)
    v2.refused("GET", f"{v2.compute.replace('pl-waw-1', 'moon')}/vm", status=404)
    v2.refused("GET", "/compute/pl-waw-1/project/local/vm", status=403)


def test_states_are_preconditions(v2: Any) -> None:
    """A call that a VM's state does not allow is refused and says the state."""
    vm = v2.vm()
    one = f"{v2.vms}/{vm['id']}"
    assert "is Running, not Off" in v2.refused("POST", f"{one}/actions/start")
    v2.ok("POST", f"{one}/actions/restart")
    v2.ok("POST", f"{one}/actions/turnoff")
    for action in ("stop", "turnoff", "restart"):
        assert "is Off, not Running" in v2.refused("POST", f"{one}/actions/{action}")
    assert v2.ok("POST", f"{one}/actions/flavour", {"service": "a1.small"})["flavour"] == "a1.small"


def test_a_vm_without_adapters_and_a_disk_attached_later(v2: Any) -> None:
    """The carrier of a disk: created without disks and adapters, then the disk of another VM is attached to it."""
    first = v2.vm(start=False)
    disk = v2.ok("GET", f"{v2.vms}/{first['id']}/disk")[0]
    carrier = v2.vm(name="carrier", image=None, disk=None, netadp=None, start=False)
    assert v2.ok("GET", f"{v2.netadps}?assigned.id={carrier['id']}") == []
    assert "not Detached" in v2.refused("POST", f"{v2.vms}/{carrier['id']}/disk", {"disk": disk["uri"]})
    assert v2.ok("POST", f"{v2.disks}/{disk['id']}/actions/detach")["state"] == "Detached"
    assert "not Attached" in v2.refused("POST", f"{v2.disks}/{disk['id']}/actions/detach")
    attached = v2.ok("POST", f"{v2.vms}/{carrier['id']}/disk", {"disk": disk["uri"]})
    assert (attached["id"], attached["vm"], attached["state"]) == (disk["id"], carrier["uri"], "Attached")
    assert v2.ok("POST", v2.images, {"name": "carried", "vm": carrier["uri"]})["state"] == "Online"
    assert [one["id"] for one in v2.ok("GET", f"{v2.disks}?vm={carrier['uri']}")] == [disk["id"]]


@needs_disks
def test_disks(v2: Any) -> None:
    """Created blank, in a VM, or as a copy; grown, renamed, detached and deleted."""
    vm = v2.vm(image=None, disk=None, netadp=None, start=False)
    disk = v2.ok("POST", v2.disks, {"name": "d", "service": "ssd", "size": "1", "vm": vm["uri"]})
    assert (disk["state"], disk["vm"], disk["size"]) == ("Attached", vm["uri"], 1)
    assert v2.ok("POST", f"{v2.disks}/{disk['id']}/actions/resize", {"size": "2"})["size"] == 2
    assert v2.ok("PATCH", f"{v2.disks}/{disk['id']}", {"name": "renamed"})["name"] == "renamed"
    v2.ok("POST", f"{v2.disks}/{disk['id']}/actions/detach")
    copy = v2.ok("POST", v2.disks, {"name": "c", "service": "ssd", "size": 2, "source": disk["uri"]})
    assert copy["state"] == "Detached"
    for one in (disk, copy):
        v2.ok("DELETE", f"{v2.disks}/{one['id']}", status=204)
    assert v2.ok("GET", v2.disks) == []


def test_disks_inside_of_an_image(v2: Any) -> None:
    """`?image=` lists them with their sizes."""
    vm = v2.vm(start=False)
    image = v2.ok("POST", v2.images, {"name": "i", "vm": vm["id"]})
    for reference in (image["id"], image["uri"]):
        found = v2.ok("GET", f"{v2.disks}?image={reference}")
        assert [(one["image"], one["size"], one["state"]) for one in found] == [(image["uri"], 10, "Online")]


def test_networks_adapters_and_ips(v2: Any) -> None:
    """A private network that is changed, an adapter in it, a public ip paired with its address and freed again."""
    network = v2.ok("POST", v2.networks, {"name": "n"})
    path = f"{v2.networks}/{network['id']}"
    firewall = path.replace("/network/", "/firewall/")
    changed = v2.ok("PATCH", path, {"name": "m", "firewall": firewall})
    assert (changed["name"], changed["firewall"]) == ("m", firewall)
    assert v2.ok("PATCH", path, {"name": "n"})["firewall"] == firewall
    assert "firewall" not in v2.ok("PATCH", path, {"firewall": None})
    vm = v2.vm(netadp=[{"network": network["uri"]}], start=False)
    adapter = v2.ok("GET", f"{v2.netadps}?assigned.resource=vm&assigned.id={vm['id']}")[0]
    assert adapter["network"] == network["uri"]
    kept = v2.ok("PATCH", f"{v2.netadps}/{adapter['id']}", {"firewall": firewall})
    assert kept["firewall"] == firewall
    private = v2.ok("GET", f"{v2.ips}?associated.netadp={adapter['uri']}")[0]
    assert private["state"] == "Allocated"
    public = v2.ok("POST", v2.ips, {})
    assert public["network"] == PLATFORM
    paired = v2.ok("POST", f"{v2.ips}/{public['id']}/actions/associate", {"ip": private["id"]})
    assert (paired["state"], paired["associated"]) == ("Associated", {"ip": private["uri"]})
    assert "is in use" in v2.refused("DELETE", f"{v2.ips}/{public['id']}")
    assert v2.ok("POST", f"{v2.ips}/{public['id']}/actions/disassociate")["state"] == "Unallocated"
    second = v2.ok("POST", v2.netadps, {"vm": vm["uri"], "network": "public", "ip": [public["uri"]]})
    assert v2.ok("GET", f"{v2.ips}/{public['id']}")["associated"] == {"netadp": second["uri"]}
    v2.ok("DELETE", f"{v2.netadps}/{second['id']}", status=204)
    v2.ok("DELETE", f"{v2.ips}/{public['id']}", status=204)
    assert "in use" in v2.refused("DELETE", f"{v2.networks}/{network['id']}")
    v2.ok("DELETE", f"{v2.vms}/{vm['id']}", status=204)
    v2.ok("DELETE", f"{v2.networks}/{network['id']}", status=204)


def test_an_adapter_needs_a_vm_that_is_off(v2: Any) -> None:
    """The documented state of its create; an adapter without a network is refused too."""
    vm = v2.vm()
    assert "not Off" in v2.refused("POST", v2.netadps, {"vm": vm["id"], "network": "public"})
    assert "netadp" in v2.refused("POST", v2.vms, {**NAMELESS, "netadp": [{"network": ""}]})


NAMELESS = {"name": "n", "service": "a1.nano", "image": "sandbox", "disk": [{"name": "o", "service": "ssd", "size": 5}]}


def test_what_real_clients_send_is_taken(v2: Any) -> None:
    """Sizes as texts, `properties`, empty texts, a bare question mark, an action with an empty object as body."""
    body = {
        **NAMELESS,
        "disk": [{"name": "o", "service": "ssd", "size": "10"}],
        "userMetadata": "",
        "username": "",
        "iso": "",
        "properties": {},
        "tag": [],
    }
    vm = v2.ok("POST", f"{v2.vms}?", body)
    assert v2.ok("GET", f"{v2.vms}?")[0]["id"] == vm["id"]
    v2.ok("POST", f"{v2.vms}/{vm['id']}/actions/stop?", {"properties": {}})
    v2.ok(
        "POST", f"{v2.images}?", {"name": "i", "vm": vm["uri"], "service": "564639bc052c084e2f2e3266", "properties": {}}
    )


def test_lists_are_filtered(v2: Any) -> None:
    """By name and by one tag, whose key and value both have to match."""
    first = v2.vm(name="a", start=False, tag=[{"key": "x", "value": "1"}, {"key": "y", "value": "2"}])
    second = v2.vm(name="b", start=False, tag=[{"key": "x", "value": "2"}])
    both = [first["id"], second["id"]]
    asked = {
        "name=a": both[:1],
        "tag.key=x": both,
        "tag.value=2": both,
        "tag.key=x&tag.value=2": both[1:],
        "tag.key=y&tag.value=1": [],
    }
    for query, found in asked.items():
        assert [one["id"] for one in v2.ok("GET", f"{v2.vms}?{query}")] == found


def test_tags_are_an_array_with_lasting_ids(v2: Any) -> None:
    """Added, replaced, shown and removed by id; an id stays while its tag does."""
    vm = v2.vm(start=False, tag=[{"id": "", "key": "a", "value": "1"}])
    tags = f"{v2.vms}/{vm['id']}/tag"
    first = v2.ok("GET", tags)[0]
    added = v2.ok("POST", tags, {"key": "b", "value": "2"})
    assert v2.ok("GET", f"{tags}/{added['id']}") == added
    replaced = v2.ok("PUT", tags, [{**first, "value": "3"}, {"key": "c", "value": ""}])
    assert [(one["key"], one["value"]) for one in replaced] == [("a", "3"), ("c", "")]
    assert replaced[0]["id"] == first["id"]
    v2.ok("DELETE", f"{tags}/{first['id']}", status=204)
    v2.refused("DELETE", f"{tags}/{first['id']}", status=404)
    assert [one["key"] for one in v2.ok("GET", f"{v2.vms}/{vm['id']}")["tag"]] == ["c"]


def test_services_projects_and_quotas(v2: Any) -> None:
    """Services by kind and name, also those of the platform; the project by name; its quotas."""
    found = v2.ok("GET", f"{v2.services}?kind=compute/vm&type=flavour&name=a1.nano")
    assert [one["name"] for one in found] == ["a1.nano"]
    assert v2.ok("GET", found[0]["uri"])["id"] == found[0]["id"]
    assert "562fb685a3e575771b599091" in [one["id"] for one in v2.ok("GET", f"{v2.services}?kind=storage/disk")]
    assert [one["uri"] for one in v2.ok("GET", "/iam/project?name=local")] == [v2.project]
    assert v2.ok("GET", "/iam/project?name=other") == []
    v2.vm(start=False)
    quotas = {one["name"]: one for one in v2.ok("GET", f"{v2.project}/quota")}
    assert quotas["compute/vm/count"]["usage"] == 1
    assert quotas["storage/disk/size"]["usage"] == 10


def test_events(v2: Any) -> None:
    """An object's events, newest first; one by its id; all of the project."""
    vm = v2.vm()
    v2.ok("POST", f"{v2.vms}/{vm['id']}/actions/stop")
    events = v2.ok("GET", f"{v2.vms}/{vm['id']}/event?$limit=100&$skip=0")
    assert [(one["name"], one["state"]) for one in events] == [("stop", "finished"), ("create", "finished")]
    assert events[0]["resource"] == vm["uri"]
    assert v2.ok("GET", f"{v2.vms}/{vm['id']}/event/{events[0]['id']}") == events[0]
    assert events[0]["id"] in [one["id"] for one in v2.ok("GET", f"{v2.project}/event")]


def test_waiting_states_and_repeated_creates(v2: Any) -> None:
    """Without `Prefer` a create is a 202 whose object is being made; the same idempotency key gives the same object."""
    v2.local.local("POST", "faults", {"operation": "vm.create", "action": "event_slow", "seconds": 0.5})
    body = {**NAMELESS, "disk": [{"name": "o", "service": "ssd", "size": 10}]}
    vm = v2.ok("POST", v2.vms, body, 202, Prefer="", **{"x-idempotency-key": "k"})
    assert vm["state"] in ("NotCreated", "Processing")
    assert v2.ok("GET", f"{v2.vms}/{vm['id']}")["state"] in ("NotCreated", "Processing")
    assert "is processing" in v2.refused("DELETE", f"{v2.vms}/{vm['id']}")
    again = v2.ok("POST", v2.vms, body, **{"x-idempotency-key": "k"})
    assert (again["id"], again["state"]) == (vm["id"], "Running")
    assert "x-event-id" not in v2.call("GET", v2.vms).headers
    assert v2.ok("POST", v2.vms, body, **{"x-dry-run": "true"})["name"] == "n"
    assert len(v2.ok("GET", v2.vms)) == 1


def test_faults_are_problems_and_follow_tags(v2: Any) -> None:
    """Operations have v1's names, injected errors v2's shape, and a fault follows the tags of an object."""
    v2.local.local("POST", "faults", {"operation": "vm.create", "tags": {"a": "b"}, "status": 503, "message": "no"})
    v2.vm(name="other", start=False)
    problem = v2.ok("POST", v2.vms, {**NAMELESS, "tag": [{"key": "a", "value": "b"}]}, 503)
    assert (problem["status"], problem["detail"]) == (503, "no")
    calls = v2.local.local("GET", "calls?operation=vm.create")
    assert [one["status"] for one in calls] == [200, 503]
    assert calls[1]["body"]["tag"] == [{"key": "a", "value": "b"}]
    vm = v2.vm(start=False, tag=[{"key": "a", "value": "c"}])
    v2.local.local("POST", "faults", {"tags": {"a": "c"}, "path": "/compute/*", "status": 500})
    v2.refused("GET", f"{v2.vms}/{vm['id']}", status=500)


def test_an_image_is_one_object_in_both_generations(v2: Any, api: Any) -> None:
    """Made by one, it is seen, tagged, used and deleted by the other; events are those of both."""
    vm = v2.vm(start=False)
    made = v2.ok("POST", v2.images, {"name": "of-v2", "vm": vm["uri"], "tag": [{"key": "a", "value": "1"}]})
    assert api.ok("GET", "/image/of-v2")["tag"] == {"a": "1"}
    api.ok("PATCH", f"/image/{made['id']}/tag", {"b": "2"})
    tags = v2.ok("GET", f"{v2.images}/{made['id']}/tag")
    assert [(one["key"], one["value"]) for one in tags] == [("a", "1"), ("b", "2")]
    used = api.vm(image=made["id"], boot=False)
    assert v2.ok("GET", f"{v2.vms}/{used['id']}")["name"] == "builder"
    api.ok("DELETE", f"/image/{made['id']}", status=200)
    v2.refused("GET", f"{v2.images}/{made['id']}", status=404)
    other = api.ok("POST", "/image", {"name": "of-v1", "vm": used["id"]})
    assert v2.vm(image=other["id"], start=False)["state"] == "Off"
    assert v2.ok("GET", f"{v2.images}/{other['id']}")["createdBy"].startswith("/iam/user/")
    v2.ok("DELETE", f"{v2.images}/{other['id']}", status=204)
    assert "not found" in api.refused("GET", f"/image/{other['id']}", status=404)


def test_a_fault_follows_a_vm_into_the_lists_of_its_parts(v2: Any) -> None:
    """Adapters are asked for by their VM and addresses by their adapter: both are about the VM, as are its disks."""
    vms = [v2.vm(start=False, tag=[{"key": "image", "value": image}]) for image in "ab"]
    adapters = [v2.ok("GET", f"{v2.netadps}?assigned.id={vm['id']}")[0]["id"] for vm in vms]
    for operation in ("netadp.list", "ip.list"):
        fault = {"tags": {"image": "a"}, "operation": operation, "count": 0, "status": 503}
        v2.local.local("POST", "faults", fault)
    paths = [f"{v2.netadps}?assigned.id={vm['id']}" for vm in vms]
    paths += [f"{v2.ips}?associated.netadp={adapter}" for adapter in adapters]
    assert [v2.call("GET", path).status_code for path in paths] == [503, 200, 503, 200]
    disk = v2.ok("GET", f"{v2.vms}/{vms[0]['id']}/disk")[0]["id"]
    v2.local.local("DELETE", "faults")
    v2.ok("POST", f"{v2.disks}/{disk}/tag", {"key": "role", "value": "os-disk"})
    v2.local.local("POST", "faults", {"tags": {"image": "a", "role": "os-disk"}, "operation": "disk.tag.list"})
    assert v2.call("GET", f"{v2.disks}/{disk}/tag").status_code == 500
