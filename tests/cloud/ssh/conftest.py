"""Real OpenSSH servers on loopback, small proxies, and machines connected to them."""

from __future__ import annotations

import base64
import contextlib
import os
import pwd
import select
import signal
import socket
import socketserver
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import KeyPair, generate
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine


def free_port() -> int:
    """Return a port on 127.0.0.1 that is free now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Sshd:
    """One sshd with its own folder, host keys and authorized_keys; `stop`, `start` and `cut` play a machine's fate."""

    def __init__(self, folder: Path, extra: str = "") -> None:
        self.folder = folder
        self.port = free_port()
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.home = Path(pwd.getpwuid(os.getuid()).pw_dir)
        self.authorized = folder / "authorized_keys"
        self.authorized.touch(mode=0o600)
        self.config = folder / "sshd_config"
        self.new_host_key()
        Path("/run/sshd").mkdir(exist_ok=True)
        # From the second level on bash leaves the login user's .bashrc alone: what is in there is not ours to run.
        extra = (
            f"SetEnv SHLVL=2 {extra.partition('SetEnv ')[2]}"
            if extra.startswith("SetEnv ")
            else f"SetEnv SHLVL=2\n{extra}"
        )
        self.config.write_text(
            f"Port {self.port}\nListenAddress 127.0.0.1\nHostKey {folder}/host_key\n"
            f"AuthorizedKeysFile {self.authorized}\n"
            f"PidFile none\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n"
            f"KbdInteractiveAuthentication no\nSubsystem sftp internal-sftp\n"
            f"MaxStartups 100\nLogLevel VERBOSE\n{extra}\n"
        )
        self.log = folder / "sshd.log"
        self.prefix: list[str] = []
        self.process: subprocess.Popen[bytes] | None = None

    def new_host_key(self, kind: str = "ed25519") -> None:
        """Write a new host key; running sessions keep theirs."""
        pair = generate(kind)
        key = self.folder / "host_key"
        key.write_text(pair.private)
        key.chmod(0o600)

    def allow(self, pair: KeyPair, options: str = "") -> None:
        """Let a key log in; `options` stand before it, as in authorized_keys."""
        with self.authorized.open("a") as file:
            file.write(f"{options} {pair.public}\n".lstrip())

    def start(self) -> None:
        """Start listening; returns when the port answers."""
        with self.log.open("ab") as log:
            command = [*self.prefix, "/usr/sbin/sshd", "-D", "-e", "-f", str(self.config)]
            self.process = subprocess.Popen(command, stderr=log, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 10
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError("sshd does not listen")

    def sessions(self) -> list[psutil.Process]:
        """Return the processes of all open sessions."""
        if self.process is None or self.process.poll() is not None:
            return []
        return psutil.Process(self.process.pid).children(recursive=True)

    def cut(self) -> None:
        """End all sessions at once, as a power cut of the machine would."""
        for process in self.sessions():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def freeze(self) -> None:
        """Make all sessions silent, as a dead network would."""
        for process in self.sessions():
            if process.name() == "sshd":
                process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """Stop listening and end all sessions."""
        if self.process is not None:
            children = self.sessions()
            self.process.terminate()
            self.process.wait(10)
            for child in children:
                with contextlib.suppress(psutil.NoSuchProcess):
                    child.kill()
            self.process = None


@pytest.fixture
def interruption() -> Interruption:
    """A fresh interruption switch."""
    return Interruption()


@pytest.fixture(scope="session")
def key() -> KeyPair:
    """The build's temporary key."""
    return generate()


@pytest.fixture
def make_sshd(tmp_path: Path, key: KeyPair) -> Iterator[Callable[..., Sshd]]:
    """Make sshd servers (`extra` lines of configuration); the temporary key may log in unless told otherwise."""
    made: list[Sshd] = []

    def make(extra: str = "", *, allow: bool = True, start: bool = True) -> Sshd:
        folder = tmp_path / f"sshd{len(made)}"
        folder.mkdir()
        server = Sshd(folder, extra)
        made.append(server)
        if allow:
            server.allow(key)
        if start:
            server.start()
        return server

    yield make
    for server in made:
        server.stop()


@pytest.fixture
def sshd(make_sshd: Callable[..., Sshd]) -> Sshd:
    """One running sshd."""
    return make_sshd()


@pytest.fixture
def connect(key: KeyPair, interruption: Interruption) -> Iterator[Callable[..., SshMachine]]:
    """Connect to an sshd with options, by default with the temporary key; closes all at the end."""
    made: list[SshMachine] = []

    def make(
        server: Sshd, *, private_keys: list[str] | None = None, host_key: str | None = None, **options: Any
    ) -> SshMachine:
        progress = options.pop("progress", lambda _: None)
        settings = {"ssh_port": server.port, "ssh_username": server.user, "ssh_timeout": "20s", **options}
        machine = SshMachine.connect(
            CommunicatorOptions(**settings),
            options.get("ssh_host", "127.0.0.1"),
            private_keys=[key.private] if private_keys is None else private_keys,
            host_key=host_key,
            interruption=interruption,
            progress=progress,
        )
        made.append(machine)
        return machine

    yield make
    for machine in made:
        machine.close()


@pytest.fixture
def machine(sshd: Sshd, connect: Callable[..., SshMachine]) -> SshMachine:
    """A machine connected to a running sshd."""
    return connect(sshd)


class Proxy(socketserver.ThreadingTCPServer):
    """A SOCKS5 (RFC 1928, 1929) or HTTP CONNECT proxy on loopback; remembers whom it was asked for."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, kind: str, user: str = "", password: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Socks if kind == "socks5" else _Connect)
        self.port = self.server_address[1]
        self.user, self.password = user, password
        self.asked: list[tuple[str, int]] = []
        self.with_banner = False
        """Whether the answer waits for what the machine says first, and both go out in one packet."""


class _Handler(socketserver.StreamRequestHandler):
    server: Proxy
    rbufsize = 0

    def pipe(self, host: str, port: int, greeting: bytes) -> None:
        """Connect and carry bytes both ways until one side ends."""
        self.server.asked.append((host, port))
        with socket.create_connection((host, port)) as far:
            if self.server.with_banner:
                greeting += far.recv(65536)
            self.request.sendall(greeting)
            both = {self.request: far, far: self.request}
            while True:
                for sock in select.select(list(both), [], [])[0]:
                    data = sock.recv(65536)
                    if not data:
                        return
                    both[sock].sendall(data)


class _Socks(_Handler):
    def handle(self) -> None:
        """Serve one SOCKS5 client."""
        read = self.rfile.read
        methods = read(read(2)[1])
        if self.server.user:
            assert 2 in methods
            self.request.sendall(b"\x05\x02")
            read(1)
            user, password = read(read(1)[0]).decode(), read(read(1)[0]).decode()
            good = (user, password) == (self.server.user, self.server.password)
            self.request.sendall(b"\x01\x00" if good else b"\x01\x01")
            if not good:
                return
        else:
            self.request.sendall(b"\x05\x00")
        kind = read(4)[3]
        host = socket.inet_ntoa(read(4)) if kind == 1 else read(read(1)[0]).decode()
        port = int.from_bytes(read(2))
        self.pipe(host, port, b"\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00")


class _Connect(_Handler):
    def handle(self) -> None:
        """Serve one HTTP CONNECT client."""
        request, headers = self.rfile.readline().decode(), []
        while line := self.rfile.readline().strip():
            headers.append(line.decode())
        login = base64.b64encode(f"{self.server.user}:{self.server.password}".encode()).decode()
        if self.server.user and f"Proxy-Authorization: Basic {login}" not in headers:
            self.request.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            return
        host, port = request.split()[1].rsplit(":", 1)
        self.pipe(host, int(port), b"HTTP/1.1 200 Connection established\r\n\r\n")


@pytest.fixture
def make_proxy() -> Iterator[Callable[..., Proxy]]:
    """Start proxies (`socks5` or `http`)."""
    made: list[Proxy] = []

    def make(kind: str, user: str = "", password: str = "") -> Proxy:
        proxy = Proxy(kind, user, password)
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        made.append(proxy)
        return proxy

    yield make
    for proxy in made:
        proxy.shutdown()
        proxy.server_close()
