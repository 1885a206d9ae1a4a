"""VMs over HTTP, with real sandbox machines behind them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.cloud


def test_normal_build_leaves_an_image_that_holds_what_was_written(api, key, ssh) -> None:
    """Create, write over SSH, stop, image, delete; a machine made from the image has the file."""
    port = api.local.ssh_port
    vm = api.vm(sshKeys=[key.public])
    assert (vm["state"], vm["created"], vm["processing"]) == ("Running", True, False)
    address = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]["ip"][0]["address"]
    ssh(address, port, "echo kept > /srv/proof")
    assert api.ok("POST", f"/vm/{vm['id']}/actions/stop")["state"] == "Off"
    image = api.ok("POST", "/image", {"name": "made", "vm": vm["id"], "tag": {"a": "b"}, "description": "d\n"})
    assert (image["state"], image["tag"], image["description"]) == ("Online", {"a": "b"}, "d\n")
    disks = [hdd["disk"]["id"] for hdd in api.ok("GET", f"/vm/{vm['id']}/hdd")]
    api.ok("DELETE", f"/vm/{vm['id']}", {"removeDisks": disks})
    left = api.inventory()
    assert [one["id"] for one in left["images"]] == [image["id"]]
    assert not any(left[name] for name in ("vms", "disks", "ips", "netadps", "networks"))
    second = api.vm(image="made", sshKeys=[key.public])
    address = api.ok("GET", f"/vm/{second['id']}/netadp")[0]["ip"][0]["address"]
    assert ssh(address, port, "cat /srv/proof") == "kept"


def test_vm_has_the_fields_that_clients_read(api) -> None:
    """Ids twice, service of type flavour, source image, user name, queue with the finished create."""
    vm = api.vm(tag={"k": "v"})
    assert vm["_id"] == vm["id"]
    assert vm["sourceImage"]["_id"]
    assert vm["data"] == {"username": "guru"}
    assert (vm["cpu"], vm["memory"]) == (1, 0.5)
    assert vm["services"][0]["type"] == "flavour"
    events = api.ok("GET", f"/vm/{vm['id']}/queue")
    assert [(event["name"], event["state"]) for event in events] == [("create", "finished")]
    hdd = api.ok("GET", f"/vm/{vm['id']}/hdd")[0]
    assert isinstance(hdd["controllerNumber"], str)
    assert hdd["controllerNumber"].startswith("{")
    assert hdd["controllerLocation"] == 0
    adapter = api.ok("GET", f"/vm/{vm['id']}/netadp")[0]
    assert adapter["network"]["type"] == "public"
    assert isinstance(adapter["ip"][0]["network"], str)


def test_boot_false_leaves_the_vm_off(api) -> None:
    """`boot: false` ends in Off; start, restart, stop, turnoff change the state in the reply itself."""
    vm = api.vm(boot=False)
    assert vm["state"] == "Off"
    for action, state in [("start", "Running"), ("restart", "Running"), ("turnoff", "Off"), ("start", "Running")]:
        assert api.ok("POST", f"/vm/{vm['id']}/actions/{action}", {})["state"] == state


def test_generic_actions_work_like_their_own_routes(api) -> None:
    """POST /actions with name and data renames and changes the type; an unknown one is refused."""
    vm = api.vm(boot=False)
    path = f"/vm/{vm['id']}/actions"
    assert api.ok("POST", path, {"name": "rename", "data": {"newname": "other"}})["name"] == "other"
    changed = api.ok("POST", path, {"name": "flavour", "data": {"service": "m2.medium"}})
    assert (changed["flavour"], changed["cpu"], changed["memory"]) == ("m2.medium", 2, 4)
    assert "unknown action" in api.refused("POST", path, {"name": "dance"})
    assert "newname" in api.refused("POST", path, {"name": "rename", "data": {}})


def test_flavour_change_needs_the_vm_off(api) -> None:
    """A running VM keeps its type."""
    vm = api.vm()
    assert "turn it off" in api.refused("POST", f"/vm/{vm['id']}/actions/flavour", {"service": "m2.tiny"})


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"image": "nothing"}, 404, "not found"),
        ({"service": "z9.huge"}, 404, "not found"),
        ({"disk": [{"service": "paper", "size": 1}]}, 404, "not found"),
        ({"disk": [{"service": "ssd", "size": 0}]}, 400, "size"),
        ({"disk": [{"service": "ssd", "size": "big"}]}, 400, "size"),
        ({"disk": []}, 400, "disk"),
        ({"disk": [{"service": "ssd", "size": 1}, {"service": "ssd", "size": 1}]}, 400, "block devices"),
        ({"netadp": [{"service": "private"}]}, 400, "network"),
        ({"netadp": [{"service": "private", "network": "none"}]}, 404, "not found"),
        ({"netadp": [{"service": "public", "ip": "127.77.1.1"}]}, 404, "not found"),
        ({"sshKeys": ["unknown"]}, 404, "ssh key"),
        ({"sshKeys": ["ssh-rsa AAAA"]}, 400, "public key"),
        ({"userMetadata": "#!/bin/sh"}, 400, "base64"),
        ({"username": "Robert'); DROP"}, 400, "username"),
    ],
)
def test_bad_create_is_refused_and_makes_nothing(api, body, change, status, word) -> None:
    """Each bad field gets its status, a message that names it, and leaves no object behind."""
    assert word in api.refused("POST", "/vm", body(**change), status)
    assert not any(api.inventory().values())


def test_tolerated_variants_are_accepted(api, body) -> None:
    """A bare password, `ip` as text, unknown extra fields, a key with a newline, service ids."""
    ip = api.ok("POST", "/ip", {})
    vm = api.vm(
        password="secret",
        netadp=[{"service": "561e7e30a8cfd461e469ad18", "ip": ip["address"]}],
        ip="x",
        tags=["y"],
        boot=False,
    )
    assert api.ok("GET", f"/vm/{vm['id']}/netadp")[0]["ip"][0]["id"] == ip["id"]


def test_omitted_adapter_gives_a_public_one(api, body) -> None:
    """Without `netadp` the VM has one public adapter with an automatic address."""
    request = body(boot=False)
    del request["netadp"]
    vm = api.ok("POST", "/vm", request)
    adapters = api.ok("GET", f"/vm/{vm['id']}/netadp")
    assert [one["network"]["type"] for one in adapters] == ["public"]
    assert adapters[0]["ip"][0]["address"].startswith("127.77.")


def test_deleted_vm_leaves_the_disks_that_were_not_named(api) -> None:
    """Disks outside of removeDisks survive as Detached and make a carrier VM by id."""
    vm = api.vm()
    disk = api.ok("GET", f"/vm/{vm['id']}/hdd")[0]["disk"]["id"]
    api.ok("DELETE", f"/vm/{vm['id']}", {})
    assert api.ok("GET", f"/disk/{disk}")["state"] == "Detached"
    request = {"name": "carrier", "service": "a1.nano", "disk": [{"id": disk}], "boot": False, "sshKeys": []}
    carrier = api.ok("POST", "/vm", request)
    assert api.ok("GET", f"/disk/{disk}")["vm"] == carrier["id"]
    assert api.ok("POST", "/image", {"name": "carried", "vm": carrier["id"]})["state"] == "Online"


def test_vm_without_disks(api) -> None:
    """No image and no disks make a VM without disks, running or not."""
    vm = api.ok("POST", "/vm", {"name": "bare", "service": "a1.nano", "sshKeys": []})
    assert vm["state"] == "Running"
    assert api.ok("GET", f"/vm/{vm['id']}/hdd") == []
    assert api.ok("POST", f"/vm/{vm['id']}/actions/stop")["state"] == "Off"
    assert "no disks" in api.refused("POST", "/image", {"name": "none", "vm": vm["id"]})


def test_guest_that_powers_off_becomes_off(api, key, ssh) -> None:
    """A machine that goes off by itself is Off in the API."""
    vm = api.vm(sshKeys=[key.public])
    ssh(api.address(vm), api.local.ssh_port, "sudo poweroff", check=False)
    for _ in range(100):
        if api.ok("GET", f"/vm/{vm['id']}")["state"] == "Off":
            break
    assert api.ok("GET", f"/vm/{vm['id']}")["state"] == "Off"


def test_registered_keys_are_used(api, key, ssh) -> None:
    """A project's key by name opens the machine; with keys omitted a service account gets all of the project's."""
    project = api.local.project
    api.ok("POST", f"/project/{project}/credentialStore", {"name": "mine", "type": "ssh", "value": key.public})
    for keys in ({"sshKeys": ["mine"]}, {"sshKeys": None}):
        vm = api.vm(**keys)
        assert ssh(api.address(vm), api.local.ssh_port, "whoami") == "guru"


def test_serial_console_is_plain_text(api) -> None:
    """The serial log is text; the console redirects to it."""
    vm = api.vm()
    reply = api.call("GET", f"/vm/{vm['id']}/serialport/1")
    assert reply.status_code == 200
    assert reply.headers["content-type"].startswith("text/plain")
    console = api.session.get(f"{api.local.url}/vm/{vm['id']}/console", allow_redirects=False, timeout=10)
    assert console.status_code == 302
