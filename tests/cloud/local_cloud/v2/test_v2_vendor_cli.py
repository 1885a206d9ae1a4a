"""HyperOne's own command line client of v2, unmodified: it makes its commands of the cloud's description of itself."""

from __future__ import annotations

import json
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support import installed
from tests.support.stacks import ROOT

pytestmark = pytest.mark.cloud

PACKAGE = "@hyperone/cli-device-node@2.1.5"


def documented(words: str) -> list[str]:
    """The command lines of docs/authentication.md that begin with `h1` and these words, each on one line."""
    lines = (ROOT / "docs" / "authentication.md").read_text().replace("\\\n", "").splitlines()
    return [line for line in lines if line.startswith(f"h1 {words} ")]


def placed(arguments: Sequence[str], **places: str) -> list[str]:
    """The arguments with what stands for ids and files in them replaced."""
    return [places.get(argument, argument) for argument in arguments]


def _unpack(folder: Path) -> Sequence[Sequence[object]]:
    return ["npm", "pack", PACKAGE], ["tar", "-xzf", "hyperone-cli-device-node-2.1.5.tgz"]


@pytest.fixture(scope="session")
def cli_path() -> Path:
    """The client in one file, out of its package (whose dependencies are not published, and not needed)."""
    installed.needs("node", "nodejs")
    installed.needs("npm", "npm")
    return installed.once("cli-2.1.5", "package/dist/h1.js", _unpack)


@pytest.fixture
def signed_out(v2: Any, cli_path: Path, tmp_path: Path) -> Callable[..., Any]:
    """Runs the client in a home of its own; returns its JSON, or its text."""

    def run(*arguments: str, output: str | None = "json") -> Any:
        argv = ["node", cli_path, *arguments, *(["--output", output] if output else [])]
        environment = {"HOME": str(tmp_path), "HYPERONE_OPENAPI_URL": f"{v2.base}/openapi.json"}
        text = installed.run(argv, tmp_path, 90, **environment)
        return json.loads(text) if output == "json" and text.strip() else text

    return run


@pytest.fixture
def h1(signed_out: Callable[..., Any], v2: Any) -> Callable[..., Any]:
    """The client, logged in with the password and the project selected."""
    login = v2.local.info["login"]
    signed_out("auth", "user", "--username", login["username"], "--password", login["password"], output=None)
    signed_out("iam", "project", "select", "--project", v2.local.project, output=None)
    return signed_out


def test_login_and_project(h1: Callable[..., Any], v2: Any, tmp_path: Path) -> None:
    """Login and selection are in the client's file; a login whose time is up is renewed with its refresh token."""
    store = tmp_path / ".h1" / "config.json"
    config = json.loads(store.read_text())
    assert config["parameter"]["project"]["value"] == v2.local.project
    assert [one["name"] for one in h1("iam", "project", "list")] == ["local"]
    config["auth"]["token"]["expires_at"] = 1
    store.write_text(json.dumps(config))
    assert h1("iam", "project", "show")["id"] == v2.local.project
    renewed = json.loads(store.read_text())["auth"]["token"]
    assert renewed["access_token"] != config["auth"]["token"]["access_token"]
    assert renewed["refresh_token"] != config["auth"]["token"]["refresh_token"]
    assert "a1.nano" in [one["name"] for one in h1("billing", "service", "list", "--kind", "compute/vm")]


def test_vm_life(h1: Callable[..., Any], v2: Any, key: Any, ssh: Any) -> None:
    """Create with a key, show, disks, stop, image, tags, events, delete."""
    vm = h1("compute", "vm", "create", "--name", "v", "--service", "a1.nano", "--image", "sandbox",
            "--disk", "name=os,service=ssd,size=10", "--netadp", "network=public", "--tag", "key=a,value=b",
            "--credential", f"type=ssh,value={key.public.strip()}")  # fmt: skip
    assert ssh(v2.address(vm), v2.local.ssh_port, "whoami") == "guru"
    named = ("--vm", vm["id"])
    assert h1("compute", "vm", "show", "--vm", vm["uri"])["state"] == "Running"
    disks = h1("compute", "vm", "disk", "list", *named)
    assert [(one["name"], one["size"]) for one in disks] == [("os", 10)]
    assert h1("compute", "vm", "stop", *named)["state"] == "Off"
    image = h1("storage", "image", "create", "--name", "i", *named, "--tag", "key=k,value=v")
    assert [one["id"] for one in h1("storage", "image", "list", "--tag.key", "k", "--tag.value", "v")] == [image["id"]]
    tag = h1("storage", "image", "tag", "create", "--image", image["id"], "--key", "x", "--value", "y")
    assert tag in h1("storage", "image", "tag", "list", "--image", image["id"])
    h1("storage", "image", "tag", "delete", "--image", image["id"], "--tag", tag["id"], output=None)
    assert [one["key"] for one in h1("storage", "image", "tag", "list", "--image", image["id"])] == ["k"]
    assert {"create", "stop"} == {one["name"] for one in h1("compute", "vm", "event", "list", *named)}
    h1("compute", "vm", "delete", *named, output=None)
    h1("storage", "image", "delete", "--image", image["id"], output=None)
    h1("storage", "disk", "delete", "--disk", disks[0]["id"], output=None)
    assert not any(v2.local.local("GET", "inventory").values())


def test_networks_adapters_and_ips(h1: Callable[..., Any], v2: Any) -> None:
    """A network, a VM in it, and a public ip that is paired and freed (the client's own `associate` does not start)."""
    network = h1("networking", "network", "create", "--name", "n")
    vm = v2.vm(start=False, netadp=[{"network": network["uri"]}])
    adapter = h1("networking", "netadp", "list", "--assigned.id", vm["id"])[0]
    private = h1("networking", "ip", "list", "--associated.netadp", adapter["uri"])[0]
    public = h1("networking", "ip", "create")
    v2.ok("POST", f"{v2.ips}/{public['id']}/actions/associate", {"ip": private["uri"]})
    assert h1("networking", "ip", "show", "--ip", public["id"])["state"] == "Associated"
    assert h1("networking", "ip", "disassociate", "--ip", public["id"])["state"] == "Unallocated"


@pytest.mark.skipif(not shutil.which("qemu-img"), reason="blank disks need qemu-img")
def test_disks(h1: Callable[..., Any], v2: Any) -> None:
    """Create, resize, attach, detach, delete; sizes are texts on the wire."""
    vm = v2.vm(image=None, disk=None, netadp=None, start=False)
    disk = h1("storage", "disk", "create", "--name", "d", "--service", "ssd", "--size", "1")
    named = ("--disk", disk["id"])
    assert h1("storage", "disk", "resize", *named, "--size", "2")["size"] == 2
    assert h1("compute", "vm", "disk", "create", "--vm", vm["id"], *named)["vm"] == vm["uri"]
    assert h1("storage", "disk", "detach", *named)["state"] == "Detached"
    h1("storage", "disk", "delete", *named, output=None)
    assert h1("storage", "disk", "list") == []


def test_passport_and_acting_as_a_service_account(h1: Callable[..., Any], v2: Any, tmp_path: Path) -> None:
    """The passport that the documented commands make signs the client's calls and ours; `--as` acts for its account."""
    create, generate = (shlex.split(line, comments=True)[1:] for line in documented("iam project sa"))
    account = h1(*placed(create, PROJECT=v2.local.project))
    file = tmp_path / "passport.json"
    places = {"PROJECT": v2.local.project, "ID": account["id"], "~/.h1/passport.json": str(file)}
    h1(*placed(generate, **places), output=None)
    passport = json.loads(file.read_text())
    assert passport["subject_id"] == account["uri"]
    made = h1("networking", "network", "create", "--name", "signed", "--passport-file", str(file))
    assert made["createdBy"] == account["uri"]
    v2.passport = passport
    assert v2.ok("GET", made["uri"])["name"] == "signed"
    acted = h1("networking", "network", "create", "--name", "acted", "--as", account["uri"])
    assert acted["createdBy"] == account["uri"]


def test_an_unknown_object_is_reported(h1: Callable[..., Any]) -> None:
    """The client prints title and detail of the problem."""
    with pytest.raises(AssertionError, match=r"Not Found: vm '0{24}' not found"):
        h1("compute", "vm", "show", "--vm", "0" * 24)
