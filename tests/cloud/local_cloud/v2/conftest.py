"""A client of the second generation of the local cloud's API."""

from __future__ import annotations

import functools
import json
import time
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from jwt.algorithms import RSAAlgorithm

from pulumi_hyperone.local_cloud import LocalCloud
from tests.cloud.local_cloud.v2 import replies

WAIT = {"Prefer": "respond-async,wait=60"}
LOCATION = "pl-waw-1"


def sign(passport: dict[str, str], base: str, **claims: Any) -> str:
    """A token as clients make it of a passport (v2 facts 2.2); `claims` replace the usual ones, None removes one."""
    now = int(time.time())
    usual = {"iat": now, "exp": now + 300, "aud": base, "iss": passport["issuer"], "sub": passport["subject_id"]}
    chosen = {key: value for key, value in {**usual, **claims}.items() if value is not None}
    return jwt.encode(chosen, loaded(passport["private_key"]), "RS256", headers={"kid": passport["certificate_id"]})


@functools.cache
def loaded(pem: str) -> RSAPrivateKey:
    """A private key, checked once: that takes longer than a call."""
    return RSAAlgorithm(RSAAlgorithm.SHA256).prepare_key(pem)


class V2:
    """`call` returns the reply, `ok` its JSON after checking the status; paths are below /v2."""

    def __init__(self, local: LocalCloud) -> None:
        self.local = local
        self.base = local.url_v2
        self.answered: list[tuple[str, str]] = []
        self.passport: dict[str, str] = json.loads(local.passport().read_text())
        self.session = requests.Session()
        self.session.trust_env = False
        self.project = f"/iam/project/{local.project}"
        self.compute, self.storage, self.networking = (
            f"/{namespace}/{LOCATION}/project/{local.project}" for namespace in ("compute", "storage", "networking")
        )
        self.vms, self.disks, self.images = f"{self.compute}/vm", f"{self.storage}/disk", f"{self.storage}/image"
        self.ips, self.netadps = f"{self.networking}/ip", f"{self.networking}/netadp"
        self.networks, self.services = f"{self.networking}/network", f"/billing/project/{local.project}/service"

    def access_token(self) -> str:
        """The access token of a login with the user's password."""
        account = self.local.info["login"]
        login = {"grant_type": "password", "username": account["username"], "password": account["password"]}
        return self.ok("POST", "/auth/token", login, authorization="")["access_token"]

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
        """One call; waits for the end of its event unless `Prefer` is given."""
        sent = {"authorization": f"Bearer {sign(self.passport, self.base)}", **WAIT, **headers}
        return self.session.request(method, self.base + path, json=body, headers=sent, timeout=70)

    def ok(self, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        """The JSON of a call that must end with `status` and the facts' fields and types; None for an empty reply."""
        reply = self.call(method, path, body, **headers)
        assert reply.status_code == status, f"{method} {path}: {reply.status_code} {reply.text}"
        self.answered.append((method, path))
        if not reply.content:
            return None
        assert reply.headers["content-type"].startswith("application/json")
        replies.check(method, path, status, reply.json())
        return reply.json()

    def refused(self, method: str, path: str, body: Any = None, status: int = 400, **headers: str) -> str:
        """The detail of the problem that a call must be refused with."""
        problem = self.ok(method, path, body, status, **headers)
        assert problem["status"] == status
        assert problem["type"]
        assert problem["title"]
        return problem["detail"]

    def vm(self, **fields: Any) -> Any:
        """Create a sandbox VM on the public network; fields replace or add to the usual ones."""
        return self.ok("POST", self.vms, vm_body(**fields))

    def address(self, vm: dict[str, Any]) -> str:
        """The first address of a VM's first adapter."""
        adapter = self.ok("GET", f"{self.netadps}?assigned.id={vm['id']}")[0]
        return self.ok("GET", f"{self.ips}?associated.netadp={adapter['id']}")[0]["address"]


def vm_body(**fields: Any) -> dict[str, Any]:
    """The usual create request, as the vendor's Packer builder makes it (v2 facts 4.2)."""
    usual = {
        "name": "builder",
        "service": "a1.nano",
        "image": "sandbox",
        "disk": [{"name": "os", "service": "ssd", "size": 10}],
        "netadp": [{"network": "public"}],
    }
    return {key: value for key, value in {**usual, **fields}.items() if value is not None}


@pytest.fixture
def v2(api: Any) -> V2:
    """A client of an empty cloud that signs its tokens with the cloud's passport."""
    return V2(api.local)


@pytest.fixture
def new_v2() -> type[V2]:
    """The class of clients of v2, for tests with clouds of their own."""
    return V2


@pytest.fixture
def signed(v2: V2) -> Any:
    """Signs a token of the passport with other claims."""

    def make(**claims: Any) -> str:
        return sign(v2.passport, v2.base, **claims)

    return make
