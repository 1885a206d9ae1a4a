"""A real ssh-agent, and a login server like HyperOne's: SSH with a subsystem that answers with a token."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
import pytest

TOKEN = "5f0c0ffee0ddba11c0ffee00"


@dataclass
class Agent:
    """A running ssh-agent: its socket and environment."""

    socket: str
    folder: Path

    def add_key(self, kind: str = "ed25519") -> str:
        """Make a key, add it, and return its public line."""
        path = self.folder / f"id_{kind}_{len(list(self.folder.iterdir()))}"
        subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "me@example.com", "-f", str(path)], check=True)
        subprocess.run(["ssh-add", "-q", str(path)], check=True, env={**os.environ, "SSH_AUTH_SOCK": self.socket})
        return path.with_suffix(".pub").read_text()


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """An ssh-agent of its own, without keys; ended by its process id."""
    keys = tmp_path / "keys"
    keys.mkdir()
    path = str(tmp_path / "agent.sock")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    _wait_until_it_listens(path)
    yield Agent(path, keys)
    process.terminate()
    process.wait()


def _wait_until_it_listens(path: str) -> None:
    """Connect until somebody answers; the socket's file is there a little earlier."""
    deadline = time.monotonic() + 20
    while True:
        with socket.socket(socket.AF_UNIX) as probe:
            if probe.connect_ex(path) == 0:
                return
        assert time.monotonic() < deadline, "the ssh-agent did not come up"
        time.sleep(0.01)


@dataclass
class LoginBehaviour:
    """What the login server does; `accounts` maps logins to accepted public key lines."""

    accounts: dict[str, list[str]] = field(default_factory=dict)
    subsystems: tuple[str, ...] = ("rbx-auth",)
    reply: str = f'{{"_id": "{TOKEN}", "expiry": "2030-01-01T00:00:00.000Z"}}'
    silent: bool = False
    logins: list[str] = field(default_factory=list)
    host_keys: tuple[str, ...] = ("ssh-ed25519",)


@dataclass
class LoginHost:
    """A running login server: its address and its host keys by algorithm."""

    port: int
    keys: dict[str, asyncssh.SSHKey]

    @property
    def address(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self.port}"

    def key_line(self, algorithm: str = "ssh-ed25519") -> str:
        """A host key as OpenSSH writes it."""
        return self.keys[algorithm].export_public_key().decode().strip()


def _server_class(behaviour: LoginBehaviour) -> type[asyncssh.SSHServer]:
    class Server(asyncssh.SSHServer):
        def begin_auth(self, username: str) -> bool:
            behaviour.logins.append(username)
            self.username = username
            return True

        def public_key_auth_supported(self) -> bool:
            return True

        def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
            known = behaviour.accounts.get(username, [])
            return any(asyncssh.import_public_key(line).public_data == key.public_data for line in known)

        def session_requested(self) -> Any:
            return _Session(behaviour)

    return Server


class _Session(asyncssh.SSHServerSession[bytes]):
    def __init__(self, behaviour: LoginBehaviour) -> None:
        self._behaviour = behaviour
        self._channel: Any = None

    def connection_made(self, chan: Any) -> None:
        self._channel = chan

    def subsystem_requested(self, subsystem: str) -> bool:
        return subsystem in self._behaviour.subsystems

    def session_started(self) -> None:
        if self._behaviour.silent:
            return
        self._channel.write(self._behaviour.reply.encode())
        self._channel.exit(0)


@pytest.fixture
def behaviour() -> LoginBehaviour:
    """What the login server will do; tests change it before they start one."""
    return LoginBehaviour()


@pytest.fixture
def start_login_host() -> Iterator[Callable[[LoginBehaviour], LoginHost]]:
    """Start a login server on loopback that behaves as told."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    servers: list[Any] = []

    def start(behaviour: LoginBehaviour) -> LoginHost:
        keys = {name: asyncssh.generate_private_key(name) for name in behaviour.host_keys}

        async def listen() -> Any:
            return await asyncssh.create_server(
                _server_class(behaviour), "127.0.0.1", 0, server_host_keys=list(keys.values()), encoding=None
            )

        server = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        servers.append(server)
        return LoginHost(server.sockets[0].getsockname()[1], keys)

    yield start

    async def close() -> None:
        for server in servers:
            server.close()
            await server.wait_closed()

    asyncio.run_coroutine_threadsafe(close(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@dataclass
class OpenSshServer:
    """A running OpenSSH server for the user who runs the tests."""

    port: int
    key_line: str
    user: str


@pytest.fixture
def openssh_server(tmp_path: Path, agent: Agent) -> Iterator[OpenSshServer]:
    """OpenSSH's sshd with the login subsystem, for the last of eight agent keys, hanging up after two refused ones."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:" + os.environ["PATH"])
    if sshd is None:
        pytest.skip("OpenSSH's sshd is not installed")
    host_key = tmp_path / "host_key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(host_key)], check=True)
    lines = [agent.add_key() for _ in range(8)]
    (tmp_path / "authorized_keys").write_text(lines[-1])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    (tmp_path / "token.json").write_text(f'{{"_id": "{TOKEN}"}}')
    config = tmp_path / "sshd_config"
    config.write_text(
        f"Port {port}\nListenAddress 127.0.0.1\nHostKey {host_key}\nPidFile {tmp_path}/pid\nStrictModes no\n"
        f"AuthorizedKeysFile {tmp_path}/authorized_keys\nPasswordAuthentication no\nMaxAuthTries 2\n"
        f"PermitRootLogin yes\nUsePAM no\nSubsystem rbx-auth /bin/cat {tmp_path}/token.json\n"
    )
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)
    with subprocess.Popen([sshd, "-D", "-e", "-f", str(config)], stderr=subprocess.DEVNULL) as process:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            threading.Event().wait(0.02)
        yield OpenSshServer(port, host_key.with_suffix(".pub").read_text(), getpass.getuser())
        process.terminate()
