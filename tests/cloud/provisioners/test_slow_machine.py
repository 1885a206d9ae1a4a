"""Dialling a machine that stays silent for long: the attempts must not become what keeps it from answering."""

from __future__ import annotations

import selectors
import socket
import threading
import time
from types import SimpleNamespace
from typing import Any

import pytest

from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh import dial
from pulumi_hyperone.provider.ssh.dial import DirectDialer, Unreachable

pytestmark = pytest.mark.cloud


@pytest.fixture
def silent():
    """A forwarding host that accepts everything and says nothing."""
    with SilentHost() as host:
        yield host


class SilentHost(threading.Thread):
    """Accepts connections on `port`; knows how many were open at once at most."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most_open = 0
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port: int = self._server.getsockname()[1]

    def run(self) -> None:
        """Accept; those that were given up were reset before the next one came."""
        while True:
            try:
                connection = self._server.accept()[0]
            except OSError:
                return
            connection.setblocking(False)
            self._open = [one for one in self._open if _is_open(one)] + [connection]
            self.most_open = max(self.most_open, len(self._open))

    def __enter__(self) -> SilentHost:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self.join()
        for connection in self._open:
            connection.close()


def _is_open(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except OSError:
        return False


@pytest.fixture
def attempts(monkeypatch) -> list[float]:
    """When attempts begin, in seconds on a clock that goes on only while the dialer waits for something to happen."""
    begun: list[float] = []
    clock = SimpleNamespace(now=0.0)

    class Selector(selectors.DefaultSelector):
        def select(self, timeout: float | None = None) -> list[Any]:
            """What happens on loopback happens at once; else the time passes."""
            ready = super().select(0.1)
            clock.now += 0 if ready else timeout or 0.001
            return ready

    def start(dialer: DirectDialer, now: float, longer: float) -> None:
        begun.append(now)
        begin(dialer, now, longer)

    begin = DirectDialer._start
    monkeypatch.setattr(DirectDialer, "_start", start)
    monkeypatch.setattr(dial, "time", SimpleNamespace(monotonic=lambda: clock.now))
    monkeypatch.setattr(dial, "selectors", SimpleNamespace(**{**vars(selectors), "DefaultSelector": Selector}))
    return begun


def test_attempts_get_rarer_the_longer_a_machine_is_silent(silent, attempts, monkeypatch) -> None:
    """At first a second brings two attempts; far beyond the patience (shortened here) there is one in seconds."""
    monkeypatch.setattr(dial, "_PATIENCE", 1.0)
    with pytest.raises(Unreachable):
        DirectDialer("127.0.0.1", silent.port, Interruption(), lambda _: None).dial(8)
    assert len([at for at in attempts if at < 1]) == 2
    assert 1 <= len([at for at in attempts if 4 < at < 8]) <= 2


def test_no_more_than_two_attempts_are_silent_at_once(silent, attempts) -> None:
    """Each costs a slow machine a process that starts; a fresh one comes when an earlier one was given up."""
    with pytest.raises(Unreachable):
        DirectDialer("127.0.0.1", silent.port, Interruption(), lambda _: None).dial(4)
    assert silent.most_open == 2
    assert len(attempts) >= 3


def test_a_late_attempt_may_hang_as_long_as_a_slow_machine_needs(monkeypatch) -> None:
    """A machine that has become slow gets longer for its banner than the second that a quick one has."""
    monkeypatch.setattr(dial, "_PATIENCE", 0.25)
    server = socket.create_server(("127.0.0.1", 0), backlog=200)
    banners: list[threading.Timer] = []

    def answer() -> None:
        with server:
            for _ in range(12):
                connection = server.accept()[0]
                timer = threading.Timer(2.5, _greet, [connection])
                timer.daemon = True
                timer.start()
                banners.append(timer)

    monkeypatch.setattr(dial, "_PATIENT", 1.0)
    threading.Thread(target=answer, daemon=True).start()
    found = DirectDialer("127.0.0.1", server.getsockname()[1], Interruption(), lambda _: None).dial(
        time.monotonic() + 15
    )
    found.close()
    for timer in banners:
        timer.cancel()


def _greet(connection: socket.socket) -> None:
    try:
        connection.sendall(b"SSH-2.0-slow\r\n")
    except OSError:
        connection.close()
