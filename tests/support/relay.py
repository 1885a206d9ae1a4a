"""A machine that goes silent: a relay that stands before an SSH server and stops to carry its answers."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import threading
import time
from collections.abc import Iterator


class Relay(socketserver.ThreadingTCPServer):
    """Carries what both sides say until the server has answered `answers` times after its banner; then holds on.

    With `answers` -1 not even the banner passes. `times` are those of the connections, in monotonic seconds.
    """

    daemon_threads = True

    def __init__(self, port: int, answers: int) -> None:
        super().__init__(("127.0.0.1", 0), _Relayed)
        self.far, self.answers = port, answers
        self.port: int = self.server_address[1]
        self.times: list[float] = []
        self.over = threading.Event()


class _Relayed(socketserver.BaseRequestHandler):
    server: Relay

    def handle(self) -> None:
        """Carry one connection."""
        self.server.times.append(time.monotonic())
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.server.far)) as far:
            left, both = self.server.answers, {self.request: far, far: self.request}
            if left >= 0:
                self.request.sendall(far.recv(4096))
            while left > 0:
                for sock in select.select(list(both), [], [])[0]:
                    data = sock.recv(65536)
                    if not data:
                        return
                    both[sock].sendall(data)
                    left -= sock is far
            self.server.over.wait(120)


@contextlib.contextmanager
def relayed(port: int, answers: int) -> Iterator[Relay]:
    """A relay to 127.0.0.1:`port` while the block runs."""
    with Relay(port, answers) as relay:
        threading.Thread(target=relay.serve_forever, args=(0.05,), daemon=True).start()
        try:
            yield relay
        finally:
            relay.over.set()
            relay.shutdown()
