"""The one switch that ends running work: set when the engine says Cancel or is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pulumi_hyperone.provider.foundation.errors import Interrupted


class Interruption:
    """Set at most once per provider process; every wait and transfer looks at it.

    Thread-safe. Callbacks run in the thread that sets it and must not block: they close a channel or socket.
    """

    def __init__(self) -> None:
        self._event = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: set[Callable[[], None]] = set()
        self.reason = ""

    def set(self, reason: str) -> None:
        """Stop all work; `reason` ends up in the message, e.g. "the engine asked to stop"."""
        with self._lock:
            if self._event.is_set():
                return
            self.reason = reason
            self._event.set()
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    @property
    def is_set(self) -> bool:
        """Whether work has to stop."""
        return self._event.is_set()

    def check(self) -> None:
        """Raise Interrupted when work has to stop."""
        if self._event.is_set():
            raise Interrupted(f"interrupted: {self.reason}")

    def sleep(self, seconds: float) -> None:
        """Wait `seconds`; raise Interrupted at once when work has to stop."""
        if self._event.wait(seconds):
            self.check()

    @contextmanager
    def calling(self, callback: Callable[[], None]) -> Iterator[None]:
        """Call `callback` if the switch is set while the block runs; raise Interrupted if it is set already."""
        with self._lock:
            self.check()
            self._callbacks.add(callback)
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.discard(callback)
