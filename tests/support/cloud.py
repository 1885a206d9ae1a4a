"""The local cloud as tests ask it: over HTTP, as any client would."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.ssh.keys import generate


@dataclass
class Cloud:
    """The local cloud of the test session, asked over HTTP as any client would."""

    local: LocalCloud
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.headers["x-auth-token"] = self.local.token

    @property
    def base(self) -> str:
        """Scheme, host and port, without `/v1`."""
        return self.local.url.removesuffix("/v1")

    def get(self, path: str) -> Any:
        """The JSON of a GET on a path such as `/v1/image` or `/_local/calls`."""
        reply = self.session.get(self.base + path, timeout=30)
        assert reply.ok, reply.text
        return reply.json()

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The JSON of any other call; waits for its end on the server."""
        headers = {"Prefer": "respond-async,wait=300", **headers}
        reply = self.session.request(method, self.base + path, json=body, headers=headers, timeout=330)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    def add_ssh_key(self, name: str) -> None:
        """Put a new public key into the project's store."""
        key = {"name": name, "type": "ssh", "value": generate().public}
        self.send("POST", f"/v1/project/{self.local.project}/credentialStore", key)

    def inventory(self) -> dict[str, list[dict[str, Any]]]:
        """VMs, disks, images and IPs, without catalog images and the free pool."""
        found: dict[str, list[dict[str, Any]]] = self.get("/_local/inventory")
        return found

    def images(self) -> list[dict[str, Any]]:
        """The images that builds made."""
        return self.inventory()["images"]

    def mutations(self) -> list[dict[str, Any]]:
        """The calls so far that changed something; signing in changes nothing."""
        calls = self.get("/_local/calls")
        return [
            one for one in calls if one["method"] not in ("GET", "HEAD") and not one["path"].endswith("/auth/token")
        ]

    def fault(self, **fault: Any) -> None:
        """Have the n-th call of an operation fail (docs/local-cloud.md)."""
        self.send("POST", "/_local/faults", fault)

    def assert_only_images(self, *ids: str) -> None:
        """The inventory holds exactly these images and nothing else."""
        found = self.inventory()
        assert {image["id"] for image in found["images"]} == set(ids), found
        assert (found["vms"], found["disks"], found["ips"]) == ([], [], []), found


def tags_of(body: dict[str, Any]) -> dict[str, str]:
    """The tags in the body of a create: an object in the API's first generation, a list in its second."""
    tags: Any = body["tag"]
    return {one["key"]: one["value"] for one in tags} if isinstance(tags, list) else tags
