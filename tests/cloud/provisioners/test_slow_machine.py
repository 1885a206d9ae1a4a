"""Dialling a machine that stays silent for long: the attempts must not become what keeps it from answering."""

from __future__ import annotations

import socket
import threading
import time

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
    """Accepts connections on `port`; knows when each came and how many were open at once at most."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.times: list[float] = []
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
            self.times.append(time.monotonic())
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


def test_attempts_get_rarer_the_longer_a_machine_is_silent(silent, monkeypatch) -> None:
    """At first a second brings two attempts; far beyond the patience (shortened here) there is one in seconds."""
    monkeypatch.setattr(dial, "_PATIENCE", 1.0)
    started = time.monotonic()
    with pytest.raises(Unreachable):
        DirectDialer("127.0.0.1", silent.port, Interruption(), lambda _: None).dial(started + 8)
    first = [at for at in silent.times if at - started < 1]
    late = [at for at in silent.times if 4 < at - started < 8]
    assert len(first) == 2
    assert 1 <= len(late) <= 2


def test_no_more_than_two_attempts_are_silent_at_once(silent) -> None:
    """Each costs a slow machine a process that starts; a fresh one comes when an earlier one was given up."""
    with pytest.raises(Unreachable):
        DirectDialer("127.0.0.1", silent.port, Interruption(), lambda _: None).dial(time.monotonic() + 4)
    assert silent.most_open == 2
    assert len(silent.times) >= 3


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
    started = time.monotonic()
    found = DirectDialer("127.0.0.1", server.getsockname()[1], Interruption(), lambda _: None).dial(started + 15)
    found.close()
    assert time.monotonic() - started < 10
    for timer in banners:
        timer.cancel()


def _greet(connection: socket.socket) -> None:
    try:
        connection.sendall(b"SSH-2.0-slow\r\n")
    except OSError:
        connection.close()
