"""One authenticated SSH session: handshake, host key pin, authentication, and the watch over a silent line."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko

from provider.errors import HostKeyChanged, SettingsError
from provider.ssh.keys import host_key_line, load_private_key
from provider.ssh.options import KNOWN_CIPHERS, local_file
from provider.ssh.packets import BulkPacketizer

HANDSHAKE_TIMEOUT = 60.0
"""Seconds for each of banner, key exchange and authentication; a machine under emulation is slow."""
WINDOW = 32 * 2**20
"""Bytes that a machine may send before it has to wait for us (OpenSSH's own default is 2 MiB)."""
PACKET = 256 * 1024
_REKEY_BYTES = 2**36
_BULK = 4096
_READ_AHEAD = 2**18


class HandshakeFailed(Exception):
    """Something answered, but there is no session with it; `refused` when it was the login that failed."""

    def __init__(self, message: str, *, refused: bool = False) -> None:
        super().__init__(message)
        self.refused = refused


@dataclass(frozen=True)
class Login:
    """Who logs in and with what: keys in the order in which they are offered, then the agent's, then the password."""

    username: str
    keys: tuple[paramiko.PKey, ...] = ()
    agent: bool = False
    password: str = field(default="", repr=False)


def login_with(
    username: str,
    *,
    private_keys: Iterable[str] = (),
    key_file: str = "",
    certificate_file: str = "",
    agent: bool = False,
    password: str = "",
    base_dir: Path,
) -> Login:
    """Gather a Login; the PEM texts of `private_keys` come first. Raises SettingsError for unusable files."""
    keys = [load_private_key(text) for text in private_keys]
    if key_file:
        key = load_private_key(local_file(key_file, base_dir))
        if certificate_file:
            try:
                key.load_certificate(str(local_file(certificate_file, base_dir)))
            except (OSError, ValueError, paramiko.SSHException) as error:
                raise SettingsError(f"{certificate_file} cannot be used as a certificate: {error}") from None
        keys.append(key)
    return Login(username, tuple(keys), agent, password)


class WatchedSocket:
    """A socket that remembers when something came or a bulk of data went, in monotonic seconds."""

    def __init__(self, sock: socket.socket | paramiko.Channel) -> None:
        self._sock = sock
        self._buffer = b""
        self._at = 0
        self.last_activity = time.monotonic()

    def recv(self, size: int) -> bytes:
        """Receive as the socket does, but ahead: paramiko asks for a few bytes at a time."""
        if self._at >= len(self._buffer):
            self._buffer, self._at = self._sock.recv(max(size, _READ_AHEAD)), 0
            self.last_activity = time.monotonic()
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def send(self, data: bytes) -> int:
        """Send as the socket does; small packets such as probes do not count as a sign of life."""
        sent = self._sock.send(data)
        if sent > _BULK:
            self.last_activity = time.monotonic()
        return sent

    def close(self) -> None:
        """Close; a tunnel whose bastion is gone would complain."""
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._sock.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Session:
    """An authenticated transport. `close` ends it and its watch; `lost` says why it broke, empty while it lives."""

    def __init__(self, transport: paramiko.Transport, sock: WatchedSocket, host_key: str) -> None:
        self.transport = transport
        self.host_key = host_key
        self.lost = ""
        self._sock = sock
        self._stop = threading.Event()

    def watch(self, keep_alive: float, read_write_timeout: float) -> None:
        """Probe a silent line three times per `keep_alive` seconds; cut it when silent that long (0 or less: never).

        A positive `read_write_timeout` cuts it likewise, with or without probes.
        """
        limits = [limit for limit in (keep_alive, read_write_timeout) if limit > 0]
        if limits:
            arguments = (keep_alive if keep_alive > 0 else 0.0, min(limits))
            threading.Thread(target=self._watch, args=arguments, name="ssh-watch", daemon=True).start()

    def _watch(self, keep_alive: float, limit: float) -> None:
        step = (keep_alive or limit) / 3
        while not self._stop.wait(step) and self.transport.is_active():
            silent = time.monotonic() - self._sock.last_activity
            # A probe of the previous round that was answered leaves less than a step and a bit of silence.
            if silent >= limit * 0.9:
                self.lost = f"nothing came from the machine for {silent:.0f} s"
                self._cut()
                return
            if keep_alive and silent >= step * 0.5:
                threading.Thread(target=self._probe, name="ssh-probe", daemon=True).start()

    def _probe(self) -> None:
        # A thread of its own: sending blocks when the line is stuck, and the watch must go on.
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            self.transport.global_request("keepalive@openssh.com", wait=True)

    def _cut(self) -> None:
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self.transport.close()

    def close(self) -> None:
        """End the session; harmless when it has ended."""
        self._stop.set()
        self.transport.close()


def open_session(
    sock: socket.socket | paramiko.Channel,
    login: Login,
    *,
    pinned: str | None,
    ciphers: Iterable[str] = (),
    exchanges: Iterable[str] = (),
) -> Session:
    """Make a session over a connected socket. Raises HandshakeFailed, or HostKeyChanged when the pin does not fit."""
    with contextlib.suppress(OSError, AttributeError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]  # a channel has none
    watched = WatchedSocket(sock)
    transport = paramiko.Transport(
        watched,  # type: ignore[arg-type]  # it behaves like a socket
        default_window_size=WINDOW,
        default_max_packet_size=PACKET,
        packetizer_class=BulkPacketizer,
    )
    transport.daemon = True
    _prefer(transport, pinned, tuple(ciphers), tuple(exchanges))
    try:
        transport.start_client(timeout=HANDSHAKE_TIMEOUT)
        host_key = _checked_host_key(transport.get_remote_server_key(), pinned)
        _authenticate(transport, login)
    except (HandshakeFailed, HostKeyChanged):
        transport.close()
        raise
    except (paramiko.SSHException, OSError, EOFError) as error:
        transport.close()
        raise HandshakeFailed(f"SSH handshake failed: {_text(error)}") from None
    return Session(transport, watched, host_key)


def _prefer(
    transport: paramiko.Transport, pinned: str | None, ciphers: tuple[str, ...], exchanges: tuple[str, ...]
) -> None:
    options = transport.get_security_options()
    options.ciphers = ciphers or KNOWN_CIPHERS
    if exchanges:
        options.kex = exchanges
    if pinned:
        # A server with several host keys must show the pinned one again, not the one we like best.
        kind = pinned.split()[0]
        first = ["rsa-sha2-512", "rsa-sha2-256"] if kind == "ssh-rsa" else [kind]
        options.key_types = (*first, *(name for name in options.key_types if name not in first))
    transport.banner_timeout = HANDSHAKE_TIMEOUT
    transport.auth_timeout = HANDSHAKE_TIMEOUT
    transport.channel_timeout = HANDSHAKE_TIMEOUT
    # Far below what AES-GCM allows with one key, and no stall every 512 MiB.
    transport.packetizer.REKEY_BYTES = _REKEY_BYTES


def _authenticate(transport: paramiko.Transport, login: Login) -> None:
    tried: list[str] = []
    for name, method in _methods(transport, login):
        tried.append(name)
        try:
            still_needed = method()
        except paramiko.BadAuthenticationType as error:
            tried[-1] += f" (the server takes {', '.join(error.allowed_types)})"
            continue
        except paramiko.AuthenticationException:
            if not transport.is_active():
                break
            continue
        if not still_needed:
            return
    offered = ", ".join(tried) or "nothing: no key, agent or password is configured"
    raise HandshakeFailed(f"the login of {login.username!r} was refused; offered: {offered}", refused=True)


def _methods(transport: paramiko.Transport, login: Login) -> Iterable[tuple[str, Any]]:
    for key in login.keys:
        yield f"{key.get_name()} key", lambda key=key: transport.auth_publickey(login.username, key)
    if login.agent:
        for agent_key in paramiko.Agent().get_keys():
            yield "agent key", lambda key=agent_key: transport.auth_publickey(login.username, key)
    if login.password:
        # paramiko falls back to keyboard-interactive where the server wants that instead.
        yield "password", lambda: transport.auth_password(login.username, login.password)


def _checked_host_key(key: paramiko.PKey, pinned: str | None) -> str:
    line = host_key_line(key)
    kind, data, *_ = (pinned or line).split()
    if [kind, data] == line.split():
        return line
    known = paramiko.PKey.from_type_string(kind, base64.b64decode(data))
    raise HostKeyChanged(
        f"host key changed: the machine now shows {key.get_name()} {key.fingerprint}, "
        f"at first contact it was {known.get_name()} {known.fingerprint}. "
        "Either the machine made new host keys (cloud-init, a reinstall) or another machine answers at this address; "
        "build again, and look into it when it comes back"
    )


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
