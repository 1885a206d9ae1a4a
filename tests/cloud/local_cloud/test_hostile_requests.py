"""Requests made to harm: what cannot be shown is not stored, and nobody holds connections or memory without a token."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from pulumi_hyperone.local_cloud.serving.body import MAX_BODY
from pulumi_hyperone.local_cloud.serving.connection import HEADER_DEADLINE

pytestmark = pytest.mark.cloud

UNSHOWABLE = {
    "half a character": '"\\ud800"',
    "half a character in a key": '{"\\udfff": 1}',
    "half a character as bytes": b'"\xed\xa0\x80"',
    "not a number": "NaN",
    "infinite": "[1, -Infinity]",
    "too large a number": "1e999",
    "deep": "[" * 500 + "]" * 500,
    "very deep": "[" * 100_000 + "]" * 100_000,
}


@contextlib.contextmanager
def connected(api: Any) -> Iterator[socket.socket]:
    """A plain connection to the cloud."""
    address = urlsplit(api.local.url)
    with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
        yield connection


def everything_is_shown(api: Any) -> None:
    """Lists, inventory and call log answer."""
    api.ok("GET", "/disk")
    api.inventory()
    api.local.local("GET", "calls")
    api.local.local("GET", "faults")


@pytest.mark.parametrize("name", UNSHOWABLE)
@pytest.mark.parametrize(
    "before",
    ['{"service":"ssd","size":1,"name":"d","metadata":{"a":%s}}', '{"name":"image","data":{"name":"d","x":%s}}'],
)
def test_what_cannot_be_shown_is_not_stored(api, name, before) -> None:
    """A 400 in the envelope that names the place; nothing is made, and everything can be listed after it."""
    value = UNSHOWABLE[name]
    head, tail = before.encode().split(b"%s")
    body = head + (value if isinstance(value, bytes) else value.encode()) + tail
    for path in ("/v1/disk", "/_local/faults"):
        url = api.local.url.removesuffix("/v1") + path
        reply = api.session.post(url, data=body, headers={"content-type": "application/json"}, timeout=30)
        assert reply.status_code == 400, (path, reply.text)
        answer = reply.json()
        assert answer["status"] == 400
        assert next(iter(answer["error"].values()))["message"]
    assert api.ok("GET", "/disk") == []
    everything_is_shown(api)


def test_what_can_be_shown_is_stored_as_it_is(api) -> None:
    """Text of any script, a null character, nested and large values are shown as they were sent."""
    metadata = {"a": "zażółć 𝄞", "\0": "\0", "n": [10**4000, 1.5, False], "deep": json.loads("[" * 40 + "]" * 40)}
    body = {"service": "ssd", "size": 1, "name": "d", "metadata": metadata}
    assert api.ok("POST", "/disk", body)["metadata"] == metadata
    everything_is_shown(api)


def answer_to(connection: socket.socket) -> bytes:
    """All that the server sends before it closes the connection."""
    received = b""
    while piece := connection.recv(65536):
        received += piece
    return received


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /v1/vm HTTP/1.1\r\nhost 127.0.0.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        b"POST /v2/x HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: many\r\n\r\n",
    ],
    ids=["no colon", "TLS", "bad length"],
)
def test_what_is_no_http_gets_the_envelope(api, sent) -> None:
    """Bytes that are no request are a 400 in JSON, and the connection is closed."""
    with connected(api) as connection:
        connection.sendall(sent)
        head, _, body = answer_to(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert b"application/json" in head
    assert json.loads(body)["status"] == 400
    assert "not an HTTP request" in json.loads(body)["message"]
    everything_is_shown(api)


def test_control_routes_look_at_the_token_first(api) -> None:
    """Without a valid token the answer is there before a body of 100 MB is sent, and the connection is closed."""
    for token in ("", "x-auth-token: wrong\r\n"):
        with connected(api) as connection:
            head = f"POST /_local/images HTTP/1.1\r\nhost: 127.0.0.1\r\n{token}content-length: 100000000\r\n\r\n"
            connection.sendall(head.encode() + b"x")
            answer = answer_to(connection)
        assert answer.startswith(b"HTTP/1.1 401 ")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 401


@pytest.mark.parametrize("path", ["/_local/faults", "/v1/disk"])
def test_bodies_are_bounded(api, path) -> None:
    """One that is too long is a 400, which a client that sends all of it first can read too."""
    url = api.local.url.removesuffix("/v1") + path
    reply = api.session.post(url, data=b'"' + b"x" * (3 * MAX_BODY) + b'"', timeout=30)
    assert reply.status_code == 400
    assert "longer than" in reply.json()["message"]


def test_an_endless_body_is_cut_off(api) -> None:
    """Without a token the server stops reading soon after the bound; what is sent on fails."""
    piece = b"100000\r\n" + b"x" * (1 << 20) + b"\r\n"
    sent = 0
    with connected(api) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(b"POST /v1/disk HTTP/1.1\r\nhost: 127.0.0.1\r\ntransfer-encoding: chunked\r\n\r\n")
        while sent < 20 * MAX_BODY:
            connection.sendall(piece)
            sent += len(piece)
    assert sent < 3 * MAX_BODY


def is_open(connection: socket.socket, sent: bytes) -> bool:
    """Whether the server still listens; `sent` is sent to it."""
    try:
        connection.sendall(sent)
        connection.settimeout(0.01)
        return bool(connection.recv(1))
    except TimeoutError:
        return True
    except OSError:
        return False


def test_headers_have_a_deadline(api) -> None:
    """Ten connections that send a byte of their headers now and then, or none at all, are closed, others served."""
    with connected(api) as served, contextlib.ExitStack() as stack:
        served.sendall(b"GET /_local/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n")
        assert served.recv(65536).startswith(b"HTTP/1.1 200")
        slow = [stack.enter_context(connected(api)) for _ in range(10)]
        silent = slow[:2]
        begun = time.monotonic()
        for connection in slow[2:]:
            connection.sendall(b"GET /_local/health HTTP/1.1\r\nx: ")
        while slow and time.monotonic() < begun + 4 * HEADER_DEADLINE:
            time.sleep(0.2)
            slow = [one for one in slow if is_open(one, b"" if one in silent else b"y")]
        assert not slow
        everything_is_shown(api)
        assert is_open(served, b"")  # between two requests


def test_the_second_request_of_a_connection_has_a_deadline_too(api) -> None:
    """A connection that was served once does not wait for half a request for ever."""
    with connected(api) as connection:
        connection.sendall(b"GET /_local/health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\nGET /_lo")
        connection.sendall(b"c")
        assert answer_to(connection).startswith(b"HTTP/1.1 200")
