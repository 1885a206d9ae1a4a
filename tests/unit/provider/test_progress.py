"""Lines on a resource's row, told to an engine that listens over gRPC."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2_grpc

from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.engine import Engine
from pulumi_hyperone.provider.process.progress import FIRST, INTERVAL, Line, Row
from pulumi_hyperone.provider.provisioners.meter import Meter


class Clock:
    """A clock that stands until a test moves it on."""

    now = 1000.0

    def __call__(self) -> float:
        """The time, in seconds."""
        return self.now


class Listener(engine_pb2_grpc.EngineServicer):
    """What an engine hears."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def Log(self, request, context):  # noqa: N802 -- the engine's name for it
        """Keep the line."""
        assert request.ephemeral
        assert request.urn == "urn:x"
        self.lines.append(request.message)
        return empty_pb2.Empty()


@pytest.fixture
def listener(monkeypatch):
    """An engine's log service, which the provider takes for its engine's; a line is heard before `say` returns."""
    server = grpc.server(ThreadPoolExecutor(4))
    made = Listener()
    engine_pb2_grpc.add_EngineServicer_to_server(made, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    monkeypatch.setattr(host, "engine", Engine(f"127.0.0.1:{port}"))
    yield made
    server.stop(None)


@pytest.fixture
def clock():
    """The clock of the rows of a test."""
    return Clock()


@pytest.fixture
def row(listener, clock):
    """A row that takes lines, as in the middle of a call."""
    made = Row("urn:x", clock)
    made.open(repeats=True)
    yield made
    made.drop()


def pass_time(clock: Clock, row: Row, seconds: float) -> None:
    """Let time pass for a row."""
    clock.now += seconds
    row.tick()


def test_a_line_that_stays_says_since_when(row, clock, listener):
    """Nothing new is said, and yet the row tells how long it has been waiting."""
    row.say("waiting for vm 5f3a to shut down (0 s)")
    pass_time(clock, row, FIRST - 0.1)
    assert listener.lines == ["waiting for vm 5f3a to shut down"]
    pass_time(clock, row, 0.2)
    assert listener.lines[1:] == ["waiting for vm 5f3a to shut down (2 s)"]


def test_reasons_that_alternate_share_a_clock_and_come_seldom(row, clock, listener):
    """What is awaited stays the same, whatever the last reason is; a CI log gets few lines of it."""
    for number in range(100):
        row.say(f"waiting for SSH on guru@192.0.2.7:22: {('no banner', 'refused')[number % 2]}")
        clock.now += FIRST / 40
    awaited = "waiting for SSH on guru@192.0.2.7:22: "
    assert [line[-6:] for line in listener.lines[1:]] == [" (2 s)", " (4 s)"]
    assert all(line.startswith(awaited) for line in listener.lines)


def test_the_newest_of_many_lines_shows_without_all_being_sent(row, clock, listener):
    """Output comes faster than anybody reads: a few lines a second, the last one among them."""
    for number in range(1000):
        row.say(f"line {number}")
        clock.now += INTERVAL / 250
    pass_time(clock, row, INTERVAL)
    assert listener.lines[-1] == "line 999"
    assert 4 <= len(listener.lines) <= 6


def test_the_last_line_says_what_became_of_the_work(row, clock, listener):
    """It replaces what still waits to be sent, and nothing comes after it."""
    row.say("creating image web")
    row.say("waiting for image web to be Online (Processing, 0 s)")
    row.finish("image 6b04")
    row.say("too late")
    pass_time(clock, row, FIRST + 2 * INTERVAL)
    assert listener.lines == ["creating image web", "image 6b04"]


def test_a_row_that_nobody_closes_repeats_nothing(clock, listener):
    """The end of the first call of a process is not noticed; its row must not count on for ever."""
    made = Row("urn:x", clock)
    made.open(repeats=False)
    made.say("removing VM web")
    made.say("removing disk web")
    pass_time(clock, made, INTERVAL)
    pass_time(clock, made, FIRST + 2 * INTERVAL)
    assert listener.lines == ["removing VM web", "removing disk web"]
    assert not made.is_pending


def test_a_row_is_told_by_a_thread_of_its_own(listener):
    """What was held back is sent when it is due, though nobody says more."""
    made = Row("urn:x")
    made.open(repeats=False)
    made.say("removing VM web")
    made.say("removing disk web")
    deadline = time.monotonic() + 10
    while made.is_pending:
        assert time.monotonic() < deadline, listener.lines
        time.sleep(0.01)
    assert listener.lines[-1] == "removing disk web"


def test_many_threads_may_say_things_at_once(row, listener):
    """Output comes from threads of its own."""
    threads = [threading.Thread(target=lambda: [row.say("a: b") for _ in range(200)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    row.finish("done")
    assert listener.lines[-1] == "done"


@pytest.mark.parametrize(
    ("text", "elapsed", "shown"),
    [
        ("waiting for vm x to run (Starting, 3 s)", 5, "waiting for vm x to run (Starting, 5 s)"),
        ("waiting for vm x to run (Starting, 0 s)", 0, "waiting for vm x to run (Starting, 0 s)"),
        ("upload of site: 3 MiB, 1 MiB/s", 61.4, "upload of site: 3 MiB, 1 MiB/s (61 s)"),
        ("provisioners[0] (shell, a.sh)", 1.9, "provisioners[0] (shell, a.sh)"),
        ("provisioners[0] (shell, a.sh)", 12, "provisioners[0] (shell, a.sh) (12 s)"),
    ],
)
def test_how_a_line_looks_after_a_while(text, elapsed, shown):
    """The seconds that a line ends with count on; others get some when they are worth it."""
    assert Line.of(text).shown(elapsed) == shown


def test_a_transfer_says_size_and_rate(clock):
    """In MiB, with the total where it is known; not for every small piece."""
    said: list[str] = []
    meter = Meter("upload of disk.img", said.append, 64 * 2**20, clock=clock)
    clock.now += 0.5
    for _ in range(2**4):
        meter.add(2**15)
    clock.now += 0.5
    meter.add(2**25 - 2**19)
    assert said == [
        "upload of disk.img: 0.0 MiB of 64 MiB, 0.1 MiB/s",
        "upload of disk.img: 32 MiB of 64 MiB, 32 MiB/s",
    ]
    assert meter.summary() == "upload of disk.img was 32 MiB, 32 MiB/s"
