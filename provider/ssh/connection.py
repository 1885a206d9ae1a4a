"""One authenticated SSH session: handshake, host key pin, authentication, and the watch over a silent line."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any

import paramiko

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import HostKeyChanged, HyperOneError
from pulumi_hyperone.provider.ssh.communicator import KNOWN_CIPHERS
from pulumi_hyperone.provider.ssh.keys import host_key_line
from pulumi_hyperone.provider.ssh.login import HandshakeFailed, Login, authenticate
from pulumi_hyperone.provider.ssh.login_transport import LoginTransport, closing_after
from pulumi_hyperone.provider.ssh.packets import BulkPacketizer

HANDSHAKE_TIMEOUT = 60.0
"""Seconds for each of banner, key exchange and answer to a login; a machine under emulation is slow."""
WINDOW = 32 * 2**20
"""Bytes that a machine may send before it has to wait for us (OpenSSH's own default is 2 MiB)."""
PACKET = 256 * 1024
_REKEY_BYTES = 2**36
_BULK = 4096
_READ_AHEAD = 2**18


class WatchedSocket:
    """A socket that remembers when something came or a bulk of data went, in monotonic seconds."""

    def __init__(self, sock: socket.socket | paramiko.Channel) -> None:
        self._sock = sock
        self._buffer = b""
        self._at = 0
        self.last_activity = time.monotonic()
        self.last_bulk = 0.0

    def recv(self, size: int) -> bytes:
        """Receive as the socket does, but ahead: paramiko asks for a few bytes at a time."""
        if self._at >= len(self._buffer):
            self._buffer, self._at = self._sock.recv(max(size, _READ_AHEAD)), 0
            self.last_activity = time.monotonic()
        data = self._buffer[self._at : self._at + size]
        self._at += len(data)
        return data

    def send(self, data: bytes) -> int:
        """Send as the socket does; small packets such as probes do not count as activity."""
        sent = self._sock.send(data)
        if sent > _BULK:
            self.last_activity = self.last_bulk = time.monotonic()
        return sent

    def close(self) -> None:
        """Close; a tunnel whose bastion is gone would complain."""
        with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
            self._sock.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)


class Connection:
    """An authenticated transport. `close` ends it and its watch; `lost` says why it broke, empty while it lives."""

    def __init__(self, transport: paramiko.Transport, sock: WatchedSocket, host_key: str) -> None:
        self.transport = transport
        self.host_key = host_key
        self.lost = ""
        self.read_write_timeout = 0.0
        self._is_starting = False
        self._sock = sock
        self._stop = threading.Event()

    @property
    def last_bulk(self) -> float:
        """When data of some size was sent last, in monotonic seconds."""
        return self._sock.last_bulk

    def watch(self, keep_alive: float, read_write_timeout: float) -> None:
        """Probe a silent line three times per `keep_alive` seconds; cut it when silent that long (0 or less: never).

        Commands give the session up when they are silent for a positive `read_write_timeout`, answers to probes aside;
        without probes the line is cut then.
        """
        self.read_write_timeout = max(0.0, read_write_timeout)
        limit = keep_alive if keep_alive > 0 else read_write_timeout
        if limit > 0:
            arguments = (max(0.0, keep_alive), limit)
            threading.Thread(target=self._watch, args=arguments, name="ssh-watch", daemon=True).start()

    @contextlib.contextmanager
    def starting(self) -> Iterator[None]:
        """Inside, a silent line is probed but not cut: for the first command a machine starts the user's services."""
        self._is_starting = True
        try:
            yield
        finally:
            self._is_starting = False

    def _watch(self, keep_alive: float, limit: float) -> None:
        step = (keep_alive or limit) / 3
        while not self._stop.wait(step) and self.transport.is_active():
            silent = time.monotonic() - self._sock.last_activity
            # A probe of the previous round that was answered leaves less than a step and a bit of silence.
            if silent >= limit * 0.9 and not self._is_starting:
                self.give_up(f"nothing came from the machine for {silent:.0f} s")
                return
            if keep_alive and silent >= step * 0.5:
                threading.Thread(target=self._probe, name="ssh-probe", daemon=True).start()

    def _probe(self) -> None:
        # A thread of its own: sending blocks when the line is stuck, and the watch must go on.
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            self.transport.global_request("keepalive@openssh.com", wait=True)

    def give_up(self, reason: str) -> None:
        """Cut the line; `reason` is what `lost` says from now on."""
        self.lost = self.lost or reason
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)
        self.transport.close()

    def close(self) -> None:
        """End the session; harmless when it has ended."""
        self._stop.set()
        self.transport.close()


def open_connection(
    sock: socket.socket | paramiko.Channel,
    login: Login,
    *,
    pinned: str | None,
    ciphers: Iterable[str] = (),
    exchanges: Iterable[str] = (),
    begin: int = 0,
    timeout: float | None = None,
) -> Connection:
    """Make a session over a connected socket, within `timeout` seconds; `begin` is the first way to log in.

    Raises HandshakeFailed, or HostKeyChanged when the pin does not fit.
    """
    with contextlib.suppress(OSError, AttributeError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # type: ignore[union-attr]  # a channel has none
    deadline = Deadline(timeout)
    watched = WatchedSocket(sock)
    transport = LoginTransport(
        watched, default_window_size=WINDOW, default_max_packet_size=PACKET, packetizer_class=BulkPacketizer
    )
    transport.daemon = True
    _prefer(transport, pinned, tuple(ciphers), tuple(exchanges))
    try:
        with closing_after(transport, timeout):
            _shake_hands(transport, deadline)
            host_key = _checked_host_key(transport.get_remote_server_key(), pinned)
            transport.auth_timeout = deadline.left(HANDSHAKE_TIMEOUT)
            authenticate(transport, login, begin)
    except BaseException as error:
        transport.close()
        # Paramiko raises whatever ended its thread: a name that is not UTF-8, a packet that cannot be decrypted.
        if isinstance(error, HyperOneError) or not isinstance(error, Exception):
            raise
        if deadline.expired:
            raise HandshakeFailed("connected, but the SSH handshake did not end in time") from None
        if not isinstance(error, HandshakeFailed):
            raise HandshakeFailed(f"SSH handshake failed: {_text(error)}") from None
        raise
    transport.auth_timeout = transport.channel_timeout = HANDSHAKE_TIMEOUT
    return Connection(transport, watched, host_key)


def _shake_hands(transport: paramiko.Transport, deadline: Deadline) -> None:
    limit = deadline.left(HANDSHAKE_TIMEOUT)
    transport.banner_timeout = transport.handshake_timeout = limit
    transport.start_client(timeout=limit)
    if not transport.initial_kex_done:
        # paramiko only ends its wait; asked for anything it would say "No existing session".
        raise HandshakeFailed(f"connected, but the SSH handshake did not end within {limit:.0f} s")


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
    # Far below what AES-GCM allows with one key, and no stall every 512 MiB.
    transport.packetizer.REKEY_BYTES = _REKEY_BYTES


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
        "build again, and investigate if it happens again"
    )


def _text(error: BaseException) -> str:
    return str(error) or type(error).__name__
