"""Live progress on the row of the resource whose call runs in this thread."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from pulumi_hyperone.provider.process import host

INTERVAL = 0.25
"""Seconds between two lines: the engine's display redraws a few times a second, more would only cost."""
FIRST, LAST = 2.0, 10.0
"""Seconds between two lines about the same thing, at the beginning and after long: in a CI log each is a line."""
STEADY = ("waiting for ", "upload of ", "download of ")
"""How lines begin that are about the same thing as long as they are the same up to a colon."""
_SINCE = re.compile(r" \((?:(?P<state>[^()]*), )?(?P<seconds>\d+) s\)$")


@dataclass(frozen=True)
class Line:
    """One line of progress: what it says, without the seconds that a wait may end with; `(Processing, 3 s)`."""

    text: str
    state: str = ""
    seconds: float = 0.0

    @classmethod
    def of(cls, text: str) -> Line:
        """Take the seconds off the end of a line."""
        since = _SINCE.search(text)
        if since is None:
            return cls(text)
        return cls(text[: since.start()], since["state"] or "", float(since["seconds"]))

    @property
    def subject(self) -> str:
        """What the line is about; its clock runs until a line is about something else."""
        return self.text.partition(": ")[0] if self.text.startswith(STEADY) else self.text

    def shown(self, elapsed: float) -> str:
        """The line after so many seconds, which are shown when they are worth it or were before."""
        if elapsed < FIRST and not self.state:
            return self.text
        state = f"{self.state}, " if self.state else ""
        return f"{self.text} ({state}{elapsed:.0f} s)"


class Row:
    """Progress of one resource. Thread-safe; what is said after its call has ended is dropped.

    The newest line always shows, at most one each INTERVAL is sent. A line that stays is sent again, ever more rarely,
    with the seconds since it, or the first one about the same thing, came: `waiting for … (42 s)`.
    """

    def __init__(self, urn: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.urn = urn
        self._clock = clock
        self._lock = threading.Lock()
        self._open = False
        self._repeats = False
        self._line: Line | None = None
        self._unsent = False
        self._since = 0.0
        self._sent_subject = ""
        self._sent_at = 0.0

    def open(self, *, repeats: bool) -> None:
        """Begin to take lines; with `repeats`, which needs somebody who calls `drop`, they are sent again."""
        with self._lock:
            self._open, self._repeats = True, repeats

    def say(self, text: str) -> None:
        """Show `text` (one line) on the row until the next one."""
        with self._lock:
            if not self._open:
                return
            line, now = Line.of(text), self._clock()
            if self._line is None or line.subject != self._line.subject:
                self._since = now - line.seconds
            self._line, self._unsent = line, True
            self._send_if_due()
        _ticker.watch(self)

    def finish(self, text: str) -> None:
        """Show `text` as the last line: what became of the work."""
        with self._lock:
            if self._open:
                self._open, self._line = False, None
                host.engine.log(self.urn, text)

    def drop(self) -> None:
        """Take no more lines: the call is over."""
        with self._lock:
            self._open, self._line = False, None

    @property
    def is_pending(self) -> bool:
        """Whether there is something to send, now or later."""
        with self._lock:
            return self._line is not None and (self._unsent or self._repeats)

    def tick(self) -> None:
        """Send what is due."""
        with self._lock:
            if self._unsent or self._repeats:
                self._send_if_due()

    def _send_if_due(self) -> None:
        line, now = self._line, self._clock()
        if line is None:
            return
        elapsed = now - self._since
        same = line.subject == self._sent_subject
        pause = min(max(FIRST, elapsed / 8), LAST) if same else INTERVAL
        if now - self._sent_at >= pause:
            self._sent_subject, self._sent_at, self._unsent = line.subject, now, False
            host.engine.log(self.urn, line.shown(elapsed))


class _Ticker:
    """One thread that has the open rows send what is due; it rests while there are none."""

    def __init__(self) -> None:
        self._rows: set[Row] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def watch(self, row: Row) -> None:
        with self._changed:
            self._rows.add(row)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="progress", daemon=True)
                self._thread.start()
            self._changed.notify()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._rows)
                rows = list(self._rows)
            for row in rows:
                row.tick()
            with self._changed:
                self._rows = {row for row in self._rows if row.is_pending}
            time.sleep(INTERVAL)


_ticker = _Ticker()
_rows: dict[str, Row] = {}
_rows_lock = threading.Lock()


def row() -> Row:
    """The row of the running call's resource; may be kept and used from other threads until the call ends."""
    urn = host.current_urn()
    with _rows_lock:
        found = _rows.setdefault(urn, Row(urn))
    found.open(repeats=host.in_guarded_call())
    return found


def _drop_late_line(urn: str) -> None:
    with _rows_lock:
        late = _rows.get(urn)
    if late is not None:
        late.drop()


host.when_a_call_ends(_drop_late_line)


def say(text: str) -> None:
    """Show `text` on the row of the running call's resource."""
    row().say(text)


def done(text: str) -> None:
    """Show `text` as what became of the running call's work, in place of its last step."""
    row().finish(text)


def tell(text: str, *, warning: bool = False) -> None:
    """Write `text` so that it stays: on the row and under Diagnostics."""
    host.engine.log(host.current_urn(), text, ephemeral=False, warning=warning)
