"""An SSH server of the tests' own: what an image's communicator asks of it is written down, by the user's name."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh


@dataclass
class Seen:
    """What connections of one user did."""

    connections: int = 0
    logins: list[str] = field(default_factory=list)
    ciphers: set[str] = field(default_factory=set)
    exchanges: set[str] = field(default_factory=set)
    commands: list[str] = field(default_factory=list)
    terminals: int = 0
    subsystems: list[str] = field(default_factory=list)
    forwards: list[tuple[str, int]] = field(default_factory=list)
    agents: int = 0
    keepalives: int = 0


@dataclass
class Rules:
    """Who may log in: passwords, key lines and authorities of certificates by user; others with any key."""

    passwords: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    authorities: dict[str, str] = field(default_factory=dict)


class Front:
    """The server in a thread of its own, on 127.0.0.1; commands run on this host in `folder`."""

    def __init__(self, folder: Path, rules: Rules) -> None:
        self._watch_key_exchanges()
        self.folder, self.rules = folder, rules
        self.seen: dict[str, Seen] = defaultdict(Seen)
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._call(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def _call(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    async def _listen(self) -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            server_factory=lambda: _Server(self),
            encoding=None,
        )

    def _watch_key_exchanges(self) -> None:
        """Have asyncssh tell which key exchange each connection begins; it keeps that to itself otherwise."""
        self.exchanges: dict[int, str] = {}
        self._get_kex = asyncssh.connection.get_kex

        def get_kex(connection: Any, algorithm: bytes) -> Any:
            self.exchanges[id(connection)] = algorithm.decode()
            return self._get_kex(connection, algorithm)

        asyncssh.connection.get_kex = get_kex

    def close(self) -> None:
        """Stop listening and end the thread, whatever connections are open."""
        asyncssh.connection.get_kex = self._get_kex
        self.loop.call_soon_threadsafe(self._server.close)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()


class _Server(asyncssh.SSHServer):
    def __init__(self, front: Front) -> None:
        self._front = front
        self._rules = front.rules
        self._user = ""
        self._connection: Any = None

    def connection_made(self, conn: Any) -> None:
        self._connection = conn

    def begin_auth(self, username: str) -> bool:
        self._user = username
        seen = self._front.seen[username]
        seen.connections += 1
        seen.ciphers.add(self._connection.get_extra_info("send_cipher"))
        seen.exchanges.add(self._front.exchanges[id(self._connection)])
        answer = self._connection._process_keepalive_at_openssh_dot_com_global_request

        def count(packet: Any) -> None:
            seen.keepalives += 1
            answer(packet)

        self._connection._process_keepalive_at_openssh_dot_com_global_request = count
        if username in self._rules.authorities:
            line = f"cert-authority {self._rules.authorities[username]}"
            self._connection.set_authorized_keys(asyncssh.import_authorized_keys(line))
        return True

    def _logged_in(self, how: str) -> None:
        self._front.seen[self._user].logins.append(how)

    def password_auth_supported(self) -> bool:
        return self._user in self._rules.passwords

    def validate_password(self, username: str, password: str) -> bool:
        good = self._rules.passwords.get(username) == password
        if good:
            self._logged_in("password")
        return good

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: Any) -> bool:
        if username in self._rules.passwords or username in self._rules.authorities:
            return False
        wanted = self._rules.keys.get(username)
        good = wanted is None or asyncssh.import_public_key(wanted).public_data == key.public_data
        if good:
            self._logged_in("key")
        return good

    def auth_completed(self) -> None:
        if self._user in self._rules.authorities:
            self._logged_in("certificate")

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        self._front.seen[self._user].forwards.append((dest_host, dest_port))
        return True

    def session_requested(self) -> Any:
        return asyncssh.SSHServerProcess(self._run, self._files, 3, False)

    def _files(self, channel: Any) -> asyncssh.SFTPServer:
        self._front.seen[self._user].subsystems.append("sftp")
        return asyncssh.SFTPServer(channel)

    async def _run(self, process: Any) -> None:
        seen = self._front.seen[self._user]
        if process.term_type:
            seen.terminals += 1
        seen.agents += bool(process.get_extra_info("agent_path") or self._connection.get_agent_path())
        command = process.command or ""
        seen.commands.append(command)
        child = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            command,
            cwd=self._front.folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        feeding = asyncio.ensure_future(_feed(process, child))
        await asyncio.gather(_pour(child.stdout, process.stdout), _pour(child.stderr, process.stderr))
        feeding.cancel()  # a terminal's input never ends by itself
        process.exit(await child.wait())


async def _feed(process: Any, child: Any) -> None:
    while data := await process.stdin.read(65536):
        child.stdin.write(data)
        await child.stdin.drain()
    child.stdin.close()


async def _pour(source: Any, target: Any) -> None:
    while data := await source.read(65536):
        target.write(data)
        await target.drain()
