"""The user of a local cloud: sessions, service tokens, the settings of a login by SSH, and agents with keys for it."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import requests

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.ssh.keys import generate
from tests.support.stacks import wait_for


@dataclass
class Account:
    """The user that a local cloud is seeded with: what he may call by himself, and how he logs in."""

    local: LocalCloud

    @property
    def login(self) -> dict[str, Any]:
        """The login service: `host`, `port`, `host_key_sha1`; `username` and `password`."""
        return dict(self.local.info["login"])

    def session(self) -> str:
        """The token of a new session, by password."""
        address = f"{self.local.url}/user/{self.login['username']}/session"
        reply = requests.post(address, json={"password": self.login["password"]}, timeout=30)
        assert reply.ok, reply.text
        return str(reply.json()["id"])

    def call(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the user's own, with a session."""
        headers = {"x-auth-token": self.session(), "x-project": self.local.project}
        reply = requests.request(method, self.local.url + path, json=body, headers=headers, timeout=30)
        assert reply.ok, reply.text
        return reply.json() if reply.content else None

    def register(self, public_key: str) -> None:
        """Let this key log in."""
        self.call("POST", "/user/me/credential/certificate", {"name": "k", "type": "ssh", "value": public_key})

    def service_token(self) -> dict[str, Any]:
        """A new service token: `id` and `secret`."""
        made: dict[str, Any] = self.call("POST", self._tokens, {"name": "robot"})
        return made

    def revoke(self, token: dict[str, Any]) -> None:
        """Make a service token invalid."""
        self.call("DELETE", f"{self._tokens}/{token['id']}")

    @property
    def _tokens(self) -> str:
        return f"/project/{self.local.project}/credential/authtoken"

    def ssh(self, **changes: str | None) -> dict[str, str]:
        """Account settings for the SSH login, with `changes` over them; None leaves one out."""
        settings = {
            "token_login": self.login["username"],
            "token_login_host": f"{self.login['host']}:{self.login['port']}",
            "token_login_host_key": self.login["host_key_sha1"],
            "project": "local",
        }
        return {name: value for name, value in {**settings, **changes}.items() if value is not None}

    def cli_folder(self, folder: Path, token: str, *, expires: datetime) -> str:
        """Write the h1 CLI's file as the CLI does; returns its folder for HYPERONE_CONFIG_PATH."""
        profile = {"apiKey": token, "expires": expires.isoformat(), "user": self.login["username"]}
        profile["project"] = {"id": self.local.project, "name": "local"}
        folder.mkdir(exist_ok=True)
        (folder / "conf.json").write_text(json.dumps({"profile": profile}, indent=2))
        return str(folder)


@dataclass
class Agent:
    """A running ssh-agent and the folder of the keys in it."""

    socket: str
    folder: Path

    def add(self) -> str:
        """Make a key, add it; returns its public line."""
        pair = generate()
        path = self.folder / "id"
        path.write_text(pair.private)
        path.chmod(0o600)
        subprocess.run(["ssh-add", "-q", path], check=True, env={**os.environ, "SSH_AUTH_SOCK": self.socket})
        return pair.public


@contextlib.contextmanager
def running_agent(folder: Path) -> Iterator[Agent]:
    """A real ssh-agent, without keys; ended by its process id."""
    path = str(folder / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.exists(path), 10, "the agent's socket")
        yield Agent(path, folder)
    finally:
        process.terminate()
        process.wait()
