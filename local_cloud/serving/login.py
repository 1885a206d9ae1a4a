"""The SSH login service: a session's token for a registered key (API facts 1.7)."""

from __future__ import annotations

import hashlib
import json
import socket
from typing import Any

import asyncssh

from pulumi_hyperone.local_cloud.access import auth
from pulumi_hyperone.local_cloud.cloud import Cloud
from pulumi_hyperone.local_cloud.lifecycle.credentials import keys_of
from pulumi_hyperone.local_cloud.routes.v1 import present
from pulumi_hyperone.local_cloud.state.home import write_private
from pulumi_hyperone.local_cloud.state.records import User

SUBSYSTEMS = ("rbx-auth", "h1-auth")
LOGIN_TIMEOUT = 30  # seconds
SETTING = "login_port"


class LoginService:
    """Listens on 127.0.0.1; `port` and `host_key_sha1` are what clients have to know."""

    def __init__(self, cloud: Cloud) -> None:
        """Take the home's login port (a free one for a new home) and host key."""
        self._cloud = cloud
        self._socket = _bind(cloud.store.setting(SETTING))
        self.host, self.port = self._socket.getsockname()
        cloud.store.set_setting(SETTING, self.port)
        self._host_key = self._load_host_key()
        self.host_key_sha1 = hashlib.sha1(self._host_key.public_data, usedforsecurity=False).hexdigest()
        self.host_key = self._host_key.export_public_key().decode().strip()
        self._server: asyncssh.SSHAcceptor | None = None

    def _load_host_key(self) -> asyncssh.SSHKey:
        path = self._cloud.home.login_host_key
        if not path.exists():
            key = asyncssh.generate_private_key("ssh-ed25519")
            write_private(path, key.export_private_key().decode())
        return asyncssh.read_private_key(path)

    async def start(self) -> None:
        """Begin to answer."""
        self._server = await asyncssh.listen(
            sock=self._socket,
            server_host_keys=[self._host_key],
            server_factory=lambda: _LoginServer(self._cloud),
            process_factory=self._answer,
            login_timeout=LOGIN_TIMEOUT,
            keepalive_interval=LOGIN_TIMEOUT,
        )

    async def _answer(self, process: asyncssh.SSHServerProcess[str]) -> None:
        login = process.get_extra_info("username")
        user = auth.find_login(self._cloud.store, login)
        if process.subsystem not in SUBSYSTEMS or user is None:
            process.stderr.write(f"only the subsystems {' and '.join(SUBSYSTEMS)} are served\n")
            process.exit(1)
            return
        peer: Any = process.get_extra_info("peername") or ("",)
        session = auth.open_session(self._cloud.store, user, str(peer[0]), "ssh")
        process.stdout.write(json.dumps(present.session(*session)) + "\n")
        process.exit(0)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()


class _LoginServer(asyncssh.SSHServer):
    """Lets in who has a key that is registered for the login."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def begin_auth(self, _username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        user: User | None = auth.find_login(self._cloud.store, username)
        if user is None:
            return False
        known = (asyncssh.import_public_key(one.value) for one in keys_of(self._cloud.store, user.id))
        return any(one.public_data == key.public_data for one in known)


def _bind(port: int | None) -> socket.socket:
    for wanted in (port or 0, 0):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", wanted))
        except OSError:
            listener.close()
            continue
        return listener
    raise OSError("no port is free on 127.0.0.1")
