"""A real local cloud for the tests of its API."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_hyperone.local_cloud import LocalCloud

WAIT = {"Prefer": "respond-async,wait=60"}


class Api:
    """An HTTP client of one cloud; `call` returns the reply, `ok` its JSON after checking the status."""

    def __init__(self, local: LocalCloud) -> None:
        self.local = local
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.headers["x-auth-token"] = local.token

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One call under /v1; waits for the end of its event unless `Prefer` is given."""
        sent = {**WAIT, **headers}
        return self.session.request(method, self.local.url + path, json=body, headers=sent, timeout=70)

    def ok(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """The JSON of a call that must end with `status`; what is absent must be left out of it, never null."""
        reply = self.call(method, path, body, **headers)
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.text}"
        if not reply.content:
            return None
        assert not nulls(reply.json()), f"{method} {path}: null at {', '.join(nulls(reply.json()))}"
        return reply.json()

    def refused(self, method: str, path: str, body: Any = None, status: int = 400, **headers: str) -> str:
        """The message of a call that must be refused with `status`."""
        return self.ok(method, path, body, status, **headers)["message"]

    def inventory(self) -> dict[str, list[dict[str, Any]]]:
        """What is there."""
        return self.local.local("GET", "inventory")

    def fault(self, **fault: Any) -> dict[str, Any]:
        """Set a fault."""
        return self.local.local("POST", "faults", fault)

    def address(self, vm: dict[str, Any]) -> str:
        """The first address of a VM's first adapter."""
        return self.ok("GET", f"/vm/{vm['id']}/netadp")[0]["ip"][0]["address"]

    def vm(self, **fields: Any) -> dict[str, Any]:
        """Create a sandbox VM; fields replace or add to the usual ones."""
        return self.ok("POST", "/vm", vm_body(**fields))


def nulls(value: Any, path: str = "") -> list[str]:
    """The paths of all nulls inside of a JSON value."""
    if isinstance(value, dict):
        return [found for key, item in value.items() for found in nulls(item, f"{path}.{key}")]
    if isinstance(value, list):
        return [found for number, item in enumerate(value) for found in nulls(item, f"{path}.{number}")]
    return [path] if value is None else []


def vm_body(**fields: Any) -> dict[str, Any]:
    """The usual create request for a sandbox VM."""
    usual = {
        "name": "builder",
        "service": "a1.nano",
        "image": "sandbox",
        "password": {},
        "disk": [{"service": "ssd", "size": 10}],
        "netadp": [{"service": "public"}],
        "sshKeys": [],
    }
    return {**usual, **fields}


@dataclass(frozen=True)
class KeyPair:
    """An SSH key pair in files."""

    private: Path
    public: str


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    """A fresh SSH key pair."""
    private = tmp_path_factory.mktemp("keys") / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", private], check=True)
    return KeyPair(private, private.with_suffix(".pub").read_text())


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One cloud for all tests of this folder (per worker)."""
    with LocalCloud.start(tmp_path_factory.mktemp("cloud")) as cloud:
        yield cloud


@pytest.fixture
def api(local_cloud: LocalCloud) -> Api:
    """A client of an empty cloud."""
    local_cloud.reset()
    return Api(local_cloud)


@pytest.fixture
def body() -> Any:
    """The maker of create requests for sandbox VMs."""
    return vm_body


@pytest.fixture
def new_client() -> type[Api]:
    """The class of API clients, for tests with clouds of their own."""
    return Api


@pytest.fixture
def ssh(key: KeyPair) -> Any:
    """Runs a command over the system's SSH client: `ssh(address, port, command)` returns its output."""

    def run(address: str, port: int, command: str, check: bool = True) -> str:
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "BatchMode=yes", "LogLevel=ERROR"]
        options.append("ConnectTimeout=60")
        argv = ["ssh", "-F", "none", "-p", str(port), "-i", str(key.private), "-o", "IdentitiesOnly=yes"]
        for option in options:
            argv += ["-o", option]
        done = subprocess.run(
            [*argv, f"guru@{address}", command], check=False, capture_output=True, text=True, timeout=180
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout.strip()

    return run
