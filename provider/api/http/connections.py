"""Connections that can be cut from another thread, so that a hanging HTTP read ends when work has to stop."""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from collections.abc import Callable
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

POOL_SIZE = 64
_NOT_OPENED = "the connection was not opened"


class Connections:
    """All connections of one client; after `cut()` none of them carries another byte and none is opened again."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: weakref.WeakSet[HTTPConnection] = weakref.WeakSet()
        self._is_cut = False

    def cut(self) -> None:
        """End every read and write under way, at once; never blocks."""
        with self._lock:
            self._is_cut = True
            connections = list(self._open)
        for connection in connections:
            _shut_down(connection)

    def open(self, connection: HTTPConnection, connect: Callable[[], None]) -> None:
        """Open a connection with `connect` and watch it; a failure is marked as one before anything was sent."""
        with self._lock:
            self._open.add(connection)
        try:
            connect()
        except (OSError, HTTPError) as error:
            error.add_note(_NOT_OPENED)
            raise
        with self._lock:
            is_cut = self._is_cut
        if is_cut:
            connection.close()
            raise ConnectionAbortedError("connections were cut")

    def adapter(self) -> HTTPAdapter:
        """Make an adapter for a requests session whose connections are watched."""
        return _Adapter(self)


def was_opened(error: BaseException) -> bool:
    """Whether the connection stood when `error` was raised; if not, no byte of the call was sent."""
    return _NOT_OPENED not in getattr(error, "__notes__", ())


def _shut_down(connection: HTTPConnection) -> None:
    sock = getattr(connection, "sock", None)
    if isinstance(sock, socket.socket):
        # Not SSLSocket.shutdown: it takes the TLS state away from the thread that is reading.
        with contextlib.suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Adapter(HTTPAdapter):
    def __init__(self, connections: Connections) -> None:
        self._connections = connections
        super().__init__(pool_connections=4, pool_maxsize=POOL_SIZE, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._watch(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not proxy.lower().startswith("socks"):  # these bring pools of their own; their reads end by time-out
            self._watch(manager)
        return manager

    def _watch(self, manager: PoolManager) -> None:
        http, https = _pools_for(self._connections)
        manager.pool_classes_by_scheme = {"http": http, "https": https}


def _pools_for(connections: Connections) -> tuple[type[HTTPConnectionPool], type[HTTPSConnectionPool]]:
    class Connection(HTTPConnection):
        def connect(self) -> None:
            connections.open(self, super().connect)

    class SecureConnection(HTTPSConnection):
        def connect(self) -> None:
            connections.open(self, super().connect)

    class Pool(HTTPConnectionPool):
        ConnectionCls = Connection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return Pool, SecurePool
