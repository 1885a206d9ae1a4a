"""HyperOne's own command line client of that generation, as a real client of the local cloud."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import installed

pytestmark = pytest.mark.cloud

PACKAGE = "@hyperone/cli@1.10.0"


def _node_modules(folder: Path) -> Sequence[Sequence[object]]:
    return [["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, PACKAGE]]


@pytest.fixture(scope="session")
def cli_path() -> Path:
    """The installed client; installed once per machine."""
    installed.needs("npm", "npm")
    return installed.once("cli-1.10.0", "node_modules/.bin/h1", _node_modules)


@pytest.fixture
def h1(api: Any, cli_path: Path, tmp_path: Path) -> Callable[..., Any]:
    """Runs the client, logged in with the password and the project selected; returns its JSON or text."""
    environment = {
        **os.environ,
        "API_HOSTNAME": api.local.url.removeprefix("http://").removesuffix("/v1"),
        "API_SECURE": "false",
        "HYPERONE_CONFIG_PATH": str(tmp_path / "conf"),
    }
    for name in ("HYPERONE_ACCESS_TOKEN_SECRET", "HYPERONE_PROJECT", "http_proxy", "HTTP_PROXY"):
        environment.pop(name, None)

    def run(*arguments: str, output: str | None = "json") -> Any:
        argv = [cli_path, *arguments, *(["--output", output] if output else [])]
        done = subprocess.run(argv, check=False, capture_output=True, text=True, timeout=90, env=environment)
        assert done.returncode == 0, f"h1 {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return json.loads(done.stdout) if output == "json" else done.stdout

    login = api.local.info["login"]
    run("login", "--username", login["username"], "--password", login["password"], output=None)
    run("project", "select", "--project", "local", output=None)
    return run


def only(shown: Any) -> dict[str, Any]:
    """The one object of a reply that may be a list of one."""
    return shown[0] if isinstance(shown, list) else shown


def test_lists_and_login(h1: Callable[..., Any], tmp_path: Path) -> None:
    """Login by password writes the session and project; projects, services and images are listed."""
    profile = json.loads((tmp_path / "conf" / "conf.json").read_text())["profile"]
    assert profile["apiKey"]
    assert profile["project"]["name"] == "local"
    assert [one["name"] for one in h1("project", "list")] == ["local"]
    assert "a1.nano" in [one["name"] for one in h1("service", "list")]
    assert {"debian-12", "sandbox"} <= {one["name"] for one in h1("image", "list", "--recommended")}
    for noun in ("vm", "disk", "ip", "network"):
        assert h1(noun, "list") == []


def test_vm_life(h1: Callable[..., Any], api: Any, key: Any, ssh: Any) -> None:
    """Create from an image with a key, show, stop, image, start, tag, history, delete."""
    key_file = str(key.private.with_suffix(".pub"))
    h1("vm", "create", "--name", "cli-vm", "--type", "a1.nano", "--image", "sandbox", "--ssh-file", key_file,
       "--os-disk-type", "ssd", "--os-disk-size", "10", "--tag", "a=b")  # fmt: skip
    vm = only(h1("vm", "show", "--vm", "cli-vm"))
    assert (vm["state"], vm["tag"]) == ("Running", {"a": "b"})
    assert ssh(api.address(vm), api.local.ssh_port, "whoami") == "guru"
    h1("vm", "stop", "--vm", "cli-vm")
    assert only(h1("vm", "show", "--vm", "cli-vm"))["state"] == "Off"
    h1("image", "create", "--name", "cli-image", "--vm", "cli-vm", "--description", "made")
    assert only(h1("image", "show", "--image", "cli-image"))["state"] == "Online"
    h1("vm", "start", "--vm", "cli-vm")
    assert only(h1("vm", "show", "--vm", "cli-vm"))["state"] == "Running"
    h1("vm", "tag", "add", "--vm", "cli-vm", "--tag", "c=d")
    h1("vm", "tag", "delete", "--vm", "cli-vm", "--tag", "a")
    assert api.inventory()["vms"][0]["tag"] == {"c": "d"}
    assert {"create", "stop", "start"} <= {one["name"] for one in h1("vm", "history", "--vm", "cli-vm")}
    disks = [one["disk"]["name"] for one in h1("vm", "disk", "list", "--vm", "cli-vm")]
    h1("vm", "delete", "--vm", "cli-vm", "--yes", output=None)
    h1("image", "delete", "--image", "cli-image", "--yes", output=None)
    for disk in disks:
        h1("disk", "delete", "--disk", disk, "--yes", output=None)
    assert not any(api.inventory().values())


def test_networks_and_ips(h1: Callable[..., Any], api: Any) -> None:
    """A network, a VM in it, a public ip that is associated, disassociated, deleted."""
    network = only(h1("network", "create", "--name", "cli-net"))
    assert network["address"].startswith("127.78.")
    h1("vm", "create", "--name", "inside", "--type", "a1.nano", "--image", "sandbox", "--network", "cli-net",
       "--os-disk-type", "ssd", "--os-disk-size", "10", "--no-start")  # fmt: skip
    assert only(h1("vm", "show", "--vm", "inside"))["state"] == "Off"
    inside = h1("vm", "nic", "list", "--vm", "inside")[0]["ip"][0]["address"]
    ip = only(h1("ip", "create"))
    h1("ip", "associate", "--ip", ip["address"], "--private-ip", inside)
    assert only(h1("ip", "show", "--ip", ip["address"]))["state"] == "Associated"
    h1("ip", "disassociate", "--ip", ip["address"])
    assert only(h1("ip", "show", "--ip", ip["address"]))["state"] == "Unallocated"
    h1("ip", "delete", "--ip", ip["address"], "--yes", output=None)
    assert [one["name"] for one in h1("network", "list")] == ["cli-net"]


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="blank disks need qemu-img")
def test_disks(h1: Callable[..., Any], api: Any) -> None:
    """Create, attach to a VM that is off, detach, resize, delete."""
    for name in ("os", "data"):
        h1("disk", "create", "--name", name, "--type", "ssd", "--size", "1")
    h1("vm", "create", "--name", "holder", "--type", "a1.nano", "--no-image", "--os-disk", "os", "--no-start")
    h1("vm", "disk", "attach", "--vm", "holder", "--disk", "data")
    assert [one["disk"]["name"] for one in h1("vm", "disk", "list", "--vm", "holder")] == ["os", "data"]
    h1("vm", "disk", "detach", "--vm", "holder", "--disk", "data")
    h1("disk", "resize", "--disk", "data", "--size", "2")
    assert only(h1("disk", "show", "--disk", "data"))["size"] == 2
    h1("disk", "delete", "--disk", "data", "--yes", output=None)
    assert [one["name"] for one in h1("disk", "list")] == ["os"]


def test_unknown_object_is_reported(h1: Callable[..., Any]) -> None:
    """A 404 ends the client with the message of the envelope."""
    with pytest.raises(AssertionError, match="not found"):
        h1("vm", "show", "--vm", "nothing")
