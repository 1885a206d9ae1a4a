"""The whole way on real virtual machines, through the API."""

from __future__ import annotations

import shutil
import subprocess
import time

import pytest

pytestmark = [
    pytest.mark.cloud,
    pytest.mark.vm,
    pytest.mark.skipif(not shutil.which("qemu-system-x86_64"), reason="virtual machines need QEMU"),
]


@pytest.fixture
def log_in(ssh, api):
    """Runs a command on a machine as soon as its SSH answers."""

    def run(address: str, command: str) -> str:
        end = time.monotonic() + 480
        while True:
            try:
                return ssh(address, api.local.ssh_port, command)
            except (AssertionError, subprocess.TimeoutExpired):
                assert time.monotonic() < end
                time.sleep(0.5)

    return run


def test_debian_build_with_a_second_disk(api, key, log_in) -> None:
    """A VM from `debian:12`: disks found by id and controller, unplugged while it runs; an image and a clone of it."""
    disks = [{"service": "ssd", "size": 10}, {"service": "ssd", "size": 1, "name": "chroot"}]
    reply = api.call("POST", "/vm", {**_body(key), "disk": disks}, Prefer="respond-async,wait=5")
    assert reply.status_code in {200, 202}
    vm = f"/vm/{reply.json()['id']}"
    end = time.monotonic() + 400
    while (now := api.ok("GET", vm))["processing"]:
        assert time.monotonic() < end, now["queue"]
        time.sleep(0.5)
    assert now["state"] == "Running", now["queue"]
    hdd = api.ok("GET", f"{vm}/hdd")[1]
    second = hdd["disk"]["id"]
    address = api.address(now)
    by_id = "/dev/disk/by-id/scsi-*"
    find = f"readlink -f {by_id}{second[-12:]}"
    controller = f"/sys/bus/vmbus/devices/{hdd['controllerNumber'].strip('{}').lower()}/"
    below = f"find {controller} -path *:{hdd['controllerLocation']}/block -exec ls {{}} \\;"
    # One login for all of it: each takes an emulated processor seconds.
    device, name, _ = log_in(address, f"{find}; {below}; echo kept | sudo tee /srv/proof && sync").split()
    assert device.startswith("/dev/sd")
    assert name == device.removeprefix("/dev/")
    api.ok("DELETE", f"{vm}/hdd/{second}")
    assert log_in(address, f"{find} | grep -c /dev/sd || true") == "0"
    image = api.ok("POST", "/image", {"name": "made", "vm": now["id"]})
    assert len(image["disks"]) == 1
    clone = {"name": "clone", "service": "ssd", "source": api.ok("GET", f"{vm}/hdd")[0]["disk"]["id"]}
    cloned = api.ok("POST", "/disk", clone)
    assert cloned["state"] == "Detached"
    api.ok("POST", f"{vm}/hdd", {"disk": cloned["id"]})
    read = f"mountpoint -q /mnt || sudo mount {by_id}{cloned['id'][-12:]} /mnt && cat /mnt/srv/proof"
    assert log_in(address, read) == "kept", "the machine goes on, and its copy has what it had written"
    assert "login" in api.call("GET", f"{vm}/serialport/1").text
    assert api.ok("POST", f"{vm}/actions/stop")["state"] == "Off"


def test_imported_disk_is_an_image(api, tmp_path) -> None:
    """A qcow2 file becomes a source image of virtual machines, of at least its own size."""
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", tmp_path / "disk.qcow2", "2G"], check=True)
    image = api.local.local("POST", "images", {"name": "imported", "file": str(tmp_path / "disk.qcow2")})
    assert (image["kind"], image["size"]) == ("vm", 2)
    request = {"name": "v", "service": "a1.nano", "image": "imported", "boot": False, "sshKeys": []}
    assert "less than" in api.refused("POST", "/vm", {**request, "disk": [{"service": "ssd", "size": 1}]})
    vm = api.ok("POST", "/vm", {**request, "disk": [{"service": "ssd", "size": 2}]})
    assert vm["state"] == "Off"


def _body(key) -> dict:
    return {
        "name": "builder",
        "service": "a1.small",
        "image": "debian:12",
        "sshKeys": [key.public],
        "netadp": [{"service": "public"}],
    }
