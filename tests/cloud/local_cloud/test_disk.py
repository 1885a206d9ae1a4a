"""Disks by themselves: blank ones are disks of virtual machines (API facts 2.2)."""

from __future__ import annotations

import shutil

import pytest

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.skipif(not shutil.which("qemu-img"), reason="blank disks need qemu-img"),
]


def test_disk_life(api) -> None:
    """Create, rename, grow, clone, delete; shrinking is refused; a clone is told again when its source is gone."""
    disk = api.ok("POST", "/disk", {"name": "data", "service": "ssd", "size": 1})
    assert (disk["state"], disk["type"], disk.get("vm")) == ("Detached", "ssd", None)
    path = f"/disk/{disk['id']}"
    assert api.ok("PATCH", path, {"name": "renamed"})["name"] == "renamed"
    assert api.ok("POST", f"{path}/actions/resize", {"size": 2})["size"] == 2
    assert "only grow" in api.refused("POST", f"{path}/actions/resize", {"size": 1})
    cloning = (f"{path}/actions/clone", {"name": "copy", "service": "volume"})
    clone = api.ok("POST", *cloning, **{"x-idempotency-key": "k"})
    assert (clone["size"], clone["type"], clone["state"]) == (2, "volume", "Detached")
    api.ok("DELETE", path)
    assert api.ok("POST", *cloning, **{"x-idempotency-key": "k"})["id"] == clone["id"]
    assert "not found" in api.refused("POST", *cloning, 404)
    api.ok("DELETE", f"/disk/{clone['id']}")
    assert api.inventory()["disks"] == []


def test_attach_and_detach_while_off(api) -> None:
    """A second disk gets location 1, is Attached, cannot be deleted, and is Detached again by its disk id."""
    first = api.ok("POST", "/disk", {"name": "os", "service": "ssd", "size": 1})
    second = api.ok("POST", "/disk", {"name": "chroot", "service": "ssd", "size": 1})
    request = {"name": "v", "service": "a1.nano", "disk": [{"id": first["id"]}], "boot": False, "sshKeys": []}
    vm = f"/vm/{api.ok('POST', '/vm', request)['id']}"
    hdd = api.ok("POST", f"{vm}/hdd", {"disk": second["id"]})
    assert (hdd["controllerLocation"], hdd["disk"]["id"]) == (1, second["id"])
    assert "attached" in api.refused("DELETE", f"/disk/{second['id']}")
    assert "not Detached" in api.refused("POST", f"{vm}/hdd", {"disk": second["id"]})
    api.ok("DELETE", f"{vm}/hdd/chroot")
    assert api.ok("GET", f"/disk/{second['id']}")["state"] == "Detached"
    assert len(api.ok("GET", f"{vm}/hdd")) == 1


def test_block_device_is_refused_on_a_sandbox(api) -> None:
    """A sandbox machine has no block devices, and the message says what to use."""
    vm = api.vm()
    disk = api.ok("POST", "/disk", {"name": "d", "service": "ssd", "size": 1})
    assert "debian-12" in api.refused("POST", f"/vm/{vm['id']}/hdd", {"disk": disk["id"]})
