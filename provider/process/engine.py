"""The engine as the provider sees it: where it is, whether it lives, and how to write on a resource's row."""

from __future__ import annotations

import contextlib
import re
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

# The engine asks nobody before it dies: two refusals in a row, a second apart, tell a restart of the kernel's
# listen queue from a process that is gone.
WATCH_INTERVAL = 1.0
REFUSALS = 2
LOG_TIMEOUT = 5.0


def engine_address() -> str | None:
    """The engine's host:port, from the provider process's arguments; None outside such a process."""
    return next((word for word in sys.argv[1:] if re.fullmatch(r"[^-].*:\d+", word)), None)


class Engine:
    """The engine at `address` (host:port); with None every call is harmless and says "alive"."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self.mask: Callable[[str], str] = str
        """Hides secrets in what is shown, and makes it fit to be sent."""
        self._stub: Any = None
        self._lock = threading.Lock()

    def alive(self) -> bool:
        """Whether something still listens at the engine's address."""
        if self.address is None:
            return True
        host, _, port = self.address.rpartition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=5):
                return True
        except ConnectionError:
            return False
        except OSError:
            return True

    def log(self, urn: str, message: str, *, ephemeral: bool = True, warning: bool = False) -> None:
        """Write `message` on the row of the resource `urn`; ephemeral lines are not repeated under Diagnostics.

        A message that cannot be delivered is dropped: progress must never fail a build.
        """
        if self.address is None:
            return
        with self._lock:
            if self._stub is None:
                self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(self.address))
        severity = engine_pb2.WARNING if warning else engine_pb2.INFO
        request = engine_pb2.LogRequest(
            severity=severity, message=self.mask(message), urn=urn, streamId=0, ephemeral=ephemeral
        )
        with contextlib.suppress(grpc.RpcError):
            self._stub.Log(request, timeout=LOG_TIMEOUT)

    def watch(self, gone: Callable[[], None]) -> None:
        """Call `gone` once, from a thread of its own, when the engine's address refuses connections."""
        if self.address is not None:
            threading.Thread(target=self._watch, args=(gone,), name="engine-watch", daemon=True).start()

    def _watch(self, gone: Callable[[], None]) -> None:
        refused = 0
        while refused < REFUSALS:
            time.sleep(WATCH_INTERVAL)
            refused = 0 if self.alive() else refused + 1
        gone()
