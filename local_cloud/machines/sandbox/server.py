"""The SSH server of one machine: who may log in, what is refused, and its listeners."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import asyncssh

from pulumi_hyperone.local_cloud.machines.base import MachineError, MachineSpec
from pulumi_hyperone.local_cloud.machines.sandbox.credentials import password_matches, read_public_keys
from pulumi_hyperone.local_cloud.machines.sandbox.session import SandboxSession

_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
)
_LOGIN_SECONDS = 120
_HOST_KEY = "ssh_host_ed25519_key"


Connections = set[asyncssh.SSHServerConnection]
OpenSession = Callable[[asyncssh.SSHServerConnection], SandboxSession]


class SandboxServer(asyncssh.SSHServer):
    """One connection to a machine. Forwarding of ports, sockets, agents and X11 is refused by asyncssh's defaults.

    It is in `connections` while it lives; `open_session` makes its sessions.
    """

    def __init__(self, spec: MachineSpec, connections: Connections, open_session: OpenSession) -> None:
        self._spec = spec
        self._connections = connections
        self._open_session = open_session
        self._keys = read_public_keys(spec.ssh_keys)

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """Remember the connection, so that the machine can end it."""
        self._connection = conn
        self._connections.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """Forget the connection."""
        self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        """Everybody has to log in."""
        return True

    def public_key_auth_supported(self) -> bool:
        """Keys are accepted."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Accept the machine's user with one of its keys, whatever their comments."""
        return username == self._spec.username and key.public_data in self._keys

    def password_auth_supported(self) -> bool:
        """Passwords are accepted where the machine has one."""
        return bool(self._spec.password_sha512)

    async def validate_password(self, username: str, password: str) -> bool:
        """Accept the machine's user with its password."""
        hashed = self._spec.password_sha512 or ""
        return bool(hashed) and username == self._spec.username and await password_matches(password, hashed)

    def session_requested(self) -> SandboxSession:
        """Open a session."""
        return self._open_session(self._connection)


def host_key(folder: Path) -> asyncssh.SSHKey:
    """Return the machine's ed25519 host key, made at first use and kept in `folder`."""
    path = folder / _HOST_KEY
    if path.exists():
        return asyncssh.read_private_key(path)
    key = asyncssh.generate_private_key("ssh-ed25519")
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(key.export_private_key())
    draft.rename(path)
    return key


async def listen(
    spec: MachineSpec, address: str, key: asyncssh.SSHKey, connections: Connections, open_session: OpenSession
) -> asyncssh.SSHAcceptor:
    """Make SSH answer on `address`; MachineError names address and port when that is not possible."""
    port = spec.ssh_port
    try:
        return await asyncssh.listen(
            address,
            port,
            server_factory=lambda: SandboxServer(spec, connections, open_session),
            server_host_keys=[key],
            encryption_algs=_CIPHERS,
            compression_algs=["none"],
            encoding=None,
            line_editor=False,
            agent_forwarding=False,
            x11_forwarding=False,
            gss_host=None,
            login_timeout=_LOGIN_SECONDS,
            config=[],
        )
    except OSError as error:
        raise MachineError(f"SSH cannot listen on {address} port {port}: {error.strerror or error}") from error
