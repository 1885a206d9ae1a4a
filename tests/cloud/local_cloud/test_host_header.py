"""The cloud answers under its own names only, so that a web page under a name of its own cannot talk to it."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

pytestmark = pytest.mark.cloud

ROUTES = ["GET /v1/vm", "POST /v1/vm", "GET /_local/health", "GET /_local/inventory", "POST /_local/reset", "GET /nope"]


def answer(api, route: str, *headers: str, protocol: str = "HTTP/1.1") -> bytes:
    """The whole reply to a request with exactly these headers and the token; `PORT` in them is the cloud's port."""
    port = urlsplit(api.local.url).port
    lines = [f"{route} {protocol}", *headers, f"x-auth-token: {api.local.token}", "connection: close", "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall("\r\n".join(lines).replace("PORT", str(port)).encode())
        parts = []
        while data := connection.recv(65536):
            parts.append(data)
    return b"".join(parts)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    "host", ["evil.example:PORT", "evil.example", "127.0.0.1.evil.example:PORT", "localhost@evil.example", "10.0.2.2"]
)
def test_a_request_under_another_name_is_refused(api, route, host):
    """No route answers a page that a name server leads to 127.0.0.1 (DNS rebinding); nothing is done or told."""
    reply = answer(api, route, f"host: {host}")
    assert reply.startswith(b"HTTP/1.1 421 ")
    assert b'"status":421' in reply
    assert b"127.0.0.1 or localhost" in reply
    assert api.local.token.encode() not in reply
    assert api.local.local("GET", "calls") == []


@pytest.mark.parametrize("host", ["127.0.0.1:PORT", "localhost:PORT", "LOCALHOST", "127.0.0.1:1"])
def test_the_clouds_own_names_are_answered(api, host):
    """The address and localhost work with any port: clients come through forwarded ports too."""
    assert answer(api, "GET /v1/vm", f"host: {host}").startswith(b"HTTP/1.1 200 ")


def test_a_request_with_two_names_or_none_is_refused(api):
    """A second Host header, and a request of HTTP/1.0 without any, are refused."""
    assert answer(api, "GET /v1/vm", "host: 127.0.0.1", "host: evil.example").startswith(b"HTTP/1.1 4")
    assert answer(api, "GET /v1/vm", protocol="HTTP/1.0").startswith(b"HTTP/1.1 421 ")


def test_a_websocket_under_another_name_is_refused(api):
    """A web page's other way to a server, a websocket, is no way around."""
    upgrade = ["upgrade: websocket", "sec-websocket-version: 13", "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=="]
    assert answer(api, "GET /v1/vm", "host: evil.example", *upgrade).startswith(b"HTTP/1.1 421 ")
