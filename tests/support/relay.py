"""A machine that goes silent: a relay that stands before an SSH server and stops carrying its answers."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
from collections.abc import Iterator

PATIENCE = 120
"""Seconds after which the relay hangs up on a client that does not."""


class Relay(socketserver.ThreadingTCPServer):
    """Carries what both sides say until the server has answered `answers` times after its banner; then holds on.

    With `answers` -1 not even the banner passes. What comes after `whole` answers has a wrong byte. `held` counts
    connections on which it held on, `given_up` those that the client ended then; both are final once it is closed.
    """

    def __init__(self, port: int, answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Relayed)
        self.far, self.answers, self.whole = port, answers, answers
        self.port: int = self.server_address[1]
        self.held = self.given_up = 0


class _Relayed(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        """Carry one connection."""
        self.request.settimeout(PATIENCE)
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.server.far), PATIENCE) as far:
            left, both = self.server.answers, {self.request: far, far: self.request}
            if left >= 0:
                self.request.sendall(far.recv(4096))
            while left > 0:
                for sock in select.select(list(both), [], [])[0]:
                    data = sock.recv(65536)
                    if not data:
                        return
                    if sock is far and self.server.answers - left >= self.server.whole:
                        data = data[:40] + bytes([data[40] ^ 0xFF]) + data[41:] if len(data) > 40 else data[::-1]
                    both[sock].sendall(data)
                    left -= sock is far
            self.server.held += 1
            with contextlib.suppress(ConnectionResetError):
                while self.request.recv(65536):
                    pass
            self.server.given_up += 1


@contextlib.contextmanager
def relayed(port: int, answers: int) -> Iterator[Relay]:
    """A relay to 127.0.0.1:`port` while the block runs; its clients are gone at the end."""
    with Relay(port, answers) as relay:
        threading.Thread(target=relay.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield relay
        finally:
            relay.shutdown()
