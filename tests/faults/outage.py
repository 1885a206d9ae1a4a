"""A cloud that cannot be reached for a while: connections are refused, and those that were open break."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class Way:
    """A way to `host:port` on a loopback port of its own that can be closed and opened again."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._serve(self._listener)

    def close(self) -> None:
        """Refuse new connections, break the open ones."""
        with self._lock:
            # Waking accept() needs shutdown: closing alone would leave it waiting with the port still bound.
            for one in (self._listener, *self._open):
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._open.clear()

    def open(self) -> None:
        """Let connections through again, on the same port."""
        with self._lock:
            self._listener = socket.create_server(("127.0.0.1", self.port))
        self._serve(self._listener)

    @contextlib.contextmanager
    def closed(self) -> Iterator[None]:
        """Closed while the block runs."""
        self.close()
        try:
            yield
        finally:
            self.open()

    def _serve(self, listener: socket.socket) -> None:
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
                cloud = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._open |= {client, cloud}
            for source, target in ((client, cloud), (cloud, client)):
                threading.Thread(target=self._copy, args=(source, target), daemon=True).start()

    def _copy(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
            with self._lock:
                self._open.discard(one)
