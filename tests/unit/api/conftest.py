"""A scripted HTTP server on loopback, and a client that talks to it with short waits."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.foundation.interruption import Interruption

TOKEN = "0123456789abcdef-secret-token"


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw_path: str


@dataclass
class Step:
    """What to do with one request: run `effect`, wait, then answer or break the connection."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0
    reset: bool = False
    truncate: bool = False
    raw: bytes | None = None
    trickle: float = 0
    need_token: str | None = None
    effect: Callable[[Request], None] | None = None


class Noted(Interruption):
    """Pauses are written down and not made."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        """Write it down."""
        self.pauses.append(seconds)


class Stopping(Interruption):
    """Set by another thread once a pause has begun."""

    def sleep(self, seconds: float) -> None:
        """Pause, until that happens."""
        threading.Timer(0.05, self.set, ["stop"]).start()
        super().sleep(seconds)


class Script:
    """Steps per `METHOD /path`, taken in order; the last one is repeated. Other paths get the steps of `*`, or 404."""

    step = Step
    noted, stopping = Noted, Stopping
    token = TOKEN

    def __init__(self) -> None:
        self.connections = 0
        self.requests: list[Request] = []
        self.url = ""
        self._steps: dict[str, list[Step]] = defaultdict(list)
        self.lock = threading.Lock()

    def on(self, key: str, *steps: Step) -> None:
        """Answer `key` with these steps."""
        with self.lock:
            self._steps[key] = list(steps)

    def next_step(self, request: Request) -> Step:
        """The step for a request, which is recorded."""
        with self.lock:
            self.requests.append(request)
            steps = self._steps.get(f"{request.method} {request.path}") or self._steps.get("*")
            if not steps:
                return Step(404, {"message": f"{request.path} not found"})
            return steps.pop(0) if len(steps) > 1 else steps[0]

    def sent(self, method: str) -> list[Request]:
        """The requests of one method so far."""
        with self.lock:
            return [request for request in self.requests if request.method == method]


class _Handler(BaseHTTPRequestHandler):
    script: Script
    protocol_version = "HTTP/1.1"

    def log_message(self, *args: object) -> None:
        """Stay silent."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        content = self.rfile.read(length)
        parts = urlsplit(self.path)
        request = Request(
            method=self.command,
            path=unquote(parts.path).removeprefix("/v1"),
            query=dict(parse_qsl(parts.query)),
            headers={key.lower(): value for key, value in self.headers.items()},
            body=json.loads(content) if content else None,
            raw_path=self.path,
        )
        step = self.script.next_step(request)
        if step.need_token not in {None, request.headers.get("x-auth-token")}:
            step = Step(401, {"message": "no"})
        self._play(step, request)

    def setup(self) -> None:
        super().setup()
        with self.script.lock:
            self.script.connections += 1

    def _play(self, step: Step, request: Request) -> None:
        if step.effect is not None:
            step.effect(request)
        time.sleep(step.delay)
        if step.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        content = step.raw if step.raw is not None else b"" if step.body is None else json.dumps(step.body).encode()
        if "Date" in step.headers:
            self.send_response_only(step.status)  # without the server's own date
        else:
            self.send_response(step.status)
        for key, value in step.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if step.truncate:
            content = content[: len(content) // 2]
            self.close_connection = True
        for part in [content[i : i + 1] for i in range(len(content))] if step.trickle else [content]:
            self.wfile.write(part)
            time.sleep(step.trickle)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names that http.server looks for


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, *args: object) -> None:
        """Clients that hang up are part of the tests."""


@pytest.fixture
def script() -> Iterator[Script]:
    """A server that plays the steps a test gives it."""
    found = Script()
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"script": found}))
    found.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def interruption() -> Interruption:
    """The switch of the client under test."""
    return Interruption()


@pytest.fixture
def timing() -> Timing:
    """Waits short enough for tests."""
    return Timing(
        connect=1,
        read=1,
        patience=3,
        refused=0.5,
        prefer_create=1,
        prefer_action=2,
        lookup=0.6,
        outage=2,
        poll_first=0.01,
        poll_last=0.1,
    )


@pytest.fixture
def make_client(script: Script, interruption: Interruption, timing: Timing) -> Iterator[Callable[..., Cloud]]:
    """Make a client of the scripted server; keyword arguments override what it is made of."""
    made: list[Cloud] = []

    def make(**settings: Any) -> Cloud:
        credentials = Credentials(
            token=settings.pop("token", TOKEN),
            project=settings.pop("project", "my-project"),
            api_url=settings.pop("api_url", script.url),
            source="stack config hyperone:token",
            advice="Set a fresh one with `pulumi config set --secret hyperone:token`",
            api_version=settings.pop("api_version", "v1"),
        )
        settings = {"interruption": interruption, "timing": timing, "state_timeout": 5, **settings}
        made.append(Cloud(credentials, **settings))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def client(make_client: Callable[..., Cloud]) -> Cloud:
    """A client with a token and a project."""
    return make_client()
