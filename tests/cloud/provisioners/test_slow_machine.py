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
    """A forwarding host: accepts everything and says nothing; gives its port and the times of the connections."""
    server = socket.create_server(("127.0.0.1", 0), backlog=200)
    held: list[socket.socket] = []
    times: list[float] = []

    def accept() -> None:
        while True:
            try:
                held.append(server.accept()[0])
            except OSError:
                return
            times.append(time.monotonic())

    threading.Thread(target=accept, daemon=True).start()
    yield server.getsockname()[1], times
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    for sock in held:
        sock.close()


def test_attempts_get_rarer_the_longer_a_machine_is_silent(silent, monkeypatch) -> None:
    """At first there are four attempts a second; far beyond the patience (shortened here) only a fraction of that."""
    monkeypatch.setattr(dial, "_PATIENCE", 1.0)
    port, times = silent
    started = time.monotonic()
    with pytest.raises(Unreachable):
        DirectDialer("127.0.0.1", port, Interruption(), lambda _: None).dial(started + 8)
    first = [at for at in times if at - started < 1]
    late = [at for at in times if 4 < at - started < 8]
    assert len(first) >= 3
    assert 1 <= len(late) <= 5, "after 4 s of silence an attempt is due every second or more"


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

    monkeypatch.setattr(dial, "_LIFETIMES", (1.0,))
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
