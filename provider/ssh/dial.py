"""Reach the SSH port of a machine: directly, through a proxy, or through a bastion's session.

Booting machines swallow packets, refuse, or accept and stay silent (a forwarding host answers for them), so
direct dialling starts a fresh attempt four times a second beside those that still hang, and takes the first that shows
a banner. Each connection costs the machine a process of its SSH server, and a slow machine that has many to start never
comes to a banner. So no more than two connections may be silent at a time, a patient one and a fresh one, and the
longer the machine is silent the rarer they get.
"""

from __future__ import annotations

import os
import selectors
import socket
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass

import paramiko
import socks  # type: ignore[import-untyped]

from pulumi_hyperone.provider.foundation.errors import reason
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.http_proxy import http_tunnel

POLL = 0.25
"""Seconds between two attempts."""
_FRESH = 1.0
"""Seconds that an attempt may hang: no more, as a machine that begins to listen may not know of earlier ones."""
_PATIENT = 8.0
"""Seconds that one attempt at a time may hang: what a slow server needs."""
_SILENT_AT_ONCE = 2
"""Connections that may wait for a banner at the same time."""
_PATIENCE = 30.0
"""Seconds until attempts get rarer and longer: twice as long after twice the time, and so on."""
_SINGLE_TIMEOUT = 10.0
_RESET = struct.pack("ii", 1, 0)


def stretch(began: float) -> float:
    """How many times rarer and longer attempts are than at first, when waiting began at `began` (monotonic)."""
    return max(1.0, (time.monotonic() - began) / _PATIENCE)


class Unreachable(Exception):
    """Nothing that speaks SSH answered; the message is the reason."""


@dataclass
class _Attempt:
    sock: socket.socket
    ends: float
    patient: bool
    connected: bool = False


class DirectDialer:
    """Dials one host and port, once, until something shows an SSH banner."""

    def __init__(
        self,
        host: str,
        port: int,
        interruption: Interruption,
        note: Callable[[str], None],
        *,
        began: float | None = None,
    ) -> None:
        """`began` is when the machine was first waited for (monotonic; default: now)."""
        self._began = time.monotonic() if began is None else began
        self._address = (host, port)
        self._interruption = interruption
        self._note = note
        self._selector = selectors.DefaultSelector()
        self._started = 0

    def dial(self, deadline: float) -> socket.socket:
        """Return a connected socket whose banner is waiting to be read; raise Unreachable at `deadline` (monotonic)."""
        start_at = time.monotonic()
        try:
            while True:
                self._interruption.check()
                now = time.monotonic()
                if now >= deadline:
                    raise Unreachable("no answer")
                self._expire(now)
                if now >= start_at:
                    if sum(attempt.connected for attempt in self._attempts()) < _SILENT_AT_ONCE:
                        self._start(now, stretch(self._began))
                    start_at = now + POLL * stretch(self._began)
                for key, _ in self._selector.select(max(0.0, min(start_at, deadline) - time.monotonic())):
                    found = self._advance(key.data)
                    if found is not None:
                        return found
        finally:
            for attempt in self._attempts():
                self._drop(attempt)
            self._selector.close()

    def _attempts(self) -> list[_Attempt]:
        return [key.data for key in self._selector.get_map().values()]

    def _start(self, now: float, longer: float) -> None:
        try:
            found = socket.getaddrinfo(*self._address, type=socket.SOCK_STREAM)
            # A name may stand for several addresses, ::1 and 127.0.0.1 say: each attempt goes to the next one.
            family, kind, protocol, _, address = found[self._started % len(found)]
            self._started += 1
            sock = socket.socket(family, kind, protocol)
        except OSError as error:
            self._note(reason(error))
            return
        sock.setblocking(False)
        patient = not any(attempt.patient for attempt in self._attempts())
        attempt = _Attempt(sock, now + (_PATIENT if patient else _FRESH) * longer, patient)
        try:
            sock.connect(address)
        except BlockingIOError:
            pass
        except OSError as error:
            self._note(reason(error))
            sock.close()
            return
        self._selector.register(sock, selectors.EVENT_WRITE, attempt)

    def _expire(self, now: float) -> None:
        for attempt in self._attempts():
            if now >= attempt.ends:
                self._note("connected, but no SSH banner came" if attempt.connected else "no answer to the connect")
                self._drop(attempt)

    def _advance(self, attempt: _Attempt) -> socket.socket | None:
        """Follow what happened to an attempt; return its socket when a banner came."""
        sock = attempt.sock
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._note(os.strerror(error).lower())
            self._drop(attempt)
            return None
        if not attempt.connected:
            attempt.connected = True
            self._selector.modify(sock, selectors.EVENT_READ, attempt)
            return None
        try:
            banner = sock.recv(4, socket.MSG_PEEK)
        except OSError:
            banner = b""
        if not banner:
            self._note("the connection was closed before an SSH banner came")
            self._drop(attempt)
            return None
        self._selector.unregister(sock)
        sock.settimeout(None)
        return sock

    def _drop(self, attempt: _Attempt) -> None:
        self._selector.unregister(attempt.sock)
        # A reset, not an orderly end: a forwarding host then forgets the connection at once on its other side too.
        attempt.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        attempt.sock.close()


def dial_proxy(options: CommunicatorOptions, host: str, port: int, timeout: float = _SINGLE_TIMEOUT) -> socket.socket:
    """Connect through the SOCKS5 or HTTP CONNECT proxy of the options; the proxy resolves names. Raises Unreachable."""
    dial = http_tunnel if options.ssh_proxy_type == "http" else _socks_tunnel
    try:
        sock = dial(
            (options.ssh_proxy_host, options.ssh_proxy_port),
            (host, port),
            options.ssh_proxy_username,
            options.ssh_proxy_password,
            min(timeout, _SINGLE_TIMEOUT),
        )
    except OSError as error:
        raise Unreachable(f"proxy {options.ssh_proxy_host}:{options.ssh_proxy_port}: {error}") from None
    sock.settimeout(None)
    return sock


def _socks_tunnel(
    proxy: tuple[str, int], target: tuple[str, int], username: str, password: str, timeout: float
) -> socket.socket:
    sock: socket.socket = socks.create_connection(
        target,
        timeout=timeout,
        proxy_type=socks.SOCKS5,
        proxy_addr=proxy[0],
        proxy_port=proxy[1],
        proxy_rdns=True,
        proxy_username=username or None,
        proxy_password=password or None,
    )
    return sock


def dial_through(
    bastion: paramiko.Transport, host: str, port: int, timeout: float = _SINGLE_TIMEOUT
) -> paramiko.Channel:
    """Open a tunnel from the bastion to the machine. Raises Unreachable."""
    try:
        limit = min(timeout, _SINGLE_TIMEOUT)
        return bastion.open_channel("direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=limit)
    except Exception as error:  # noqa: BLE001 - paramiko raises whatever ended the session
        raise Unreachable(f"the bastion cannot reach {host}:{port}: {reason(error)}") from None
