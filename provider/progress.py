"""Live progress on the row of the resource whose call runs in this thread."""

from __future__ import annotations

import threading
import time

from provider import host

# The engine's display redraws a few times a second; more lines would only cost.
INTERVAL = 0.25


class Row:
    """Progress lines of one resource: the newest always shows, at most one each INTERVAL is sent."""

    def __init__(self, urn: str) -> None:
        self.urn = urn
        self._lock = threading.Lock()
        self._last = 0.0
        self._waiting: str | None = None

    def say(self, text: str) -> None:
        """Show `text` (one line) on the row until the next one."""
        with self._lock:
            pause = self._last + INTERVAL - time.monotonic()
            if pause > 0:
                if self._waiting is None:
                    timer = threading.Timer(pause, self._flush)
                    timer.daemon = True
                    timer.start()
                self._waiting = text
                return
            self._last = time.monotonic()
        host.engine.log(self.urn, text)

    def drop(self) -> None:
        """Forget a line that still waits: the work is over."""
        with self._lock:
            self._waiting = None

    def _flush(self) -> None:
        with self._lock:
            text, self._waiting = self._waiting, None
            self._last = time.monotonic()
        if text is not None:
            host.engine.log(self.urn, text)


_rows: dict[str, Row] = {}
_rows_lock = threading.Lock()


def row() -> Row:
    """The row of the running call's resource; may be kept and used from other threads."""
    urn = host.current_urn()
    with _rows_lock:
        return _rows.setdefault(urn, Row(urn))


def _drop_late_line(urn: str) -> None:
    with _rows_lock:
        late = _rows.get(urn)
    if late is not None:
        late.drop()


host.when_a_call_ends(_drop_late_line)


def say(text: str) -> None:
    """Show `text` on the row of the running call's resource."""
    row().say(text)


def tell(text: str, *, warning: bool = False) -> None:
    """Write `text` so that it stays: on the row and under Diagnostics."""
    host.engine.log(host.current_urn(), text, ephemeral=False, warning=warning)
