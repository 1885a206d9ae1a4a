"""A tunnel through an HTTP proxy by CONNECT (RFC 9110 9.3.6).

PySocks and http.client read the proxy's answer through a buffer, and an SSH banner that comes with it is lost there.
"""

from __future__ import annotations

import base64
import socket
import time

_LARGEST_ANSWER = 2**16
_END = b"\r\n\r\n"


def http_tunnel(
    proxy: tuple[str, int], target: tuple[str, int], username: str, password: str, timeout: float
) -> socket.socket:
    """Return a socket that leads to `target`; all of it takes `timeout` seconds at most. Raises OSError."""
    end = time.monotonic() + timeout
    sock = socket.create_connection(proxy, timeout=timeout)
    try:
        host, port = target
        host = host if host.isascii() else host.encode("idna").decode()
        place = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
        if username:
            login = base64.b64encode(f"{username}:{password}".encode()).decode()
            lines.append(f"Proxy-Authorization: Basic {login}")
        sock.sendall("\r\n".join([*lines, "", ""]).encode())
        _check(_answer(sock, end))
    except BaseException:
        sock.close()
        raise
    return sock


def _answer(sock: socket.socket, end: float) -> bytes:
    """Read the head of the answer and not one byte more: what follows is the machine's."""
    head = b""
    while not head.endswith(_END) and len(head) < _LARGEST_ANSWER:
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the proxy does not answer")
        sock.settimeout(left)
        byte = sock.recv(1)
        if not byte:
            raise ConnectionError("the proxy closed the connection")
        head += byte
    return head


def _check(head: bytes) -> None:
    status = head.split(b"\r\n", 1)[0].decode(errors="replace")
    version, _, rest = status.partition(" ")
    if not version.startswith("HTTP/"):
        raise ConnectionError(f"it is not an HTTP proxy: {status[:80]!r}")
    if not rest.startswith("2"):
        raise ConnectionError(f"it refused the connection: {rest}")
