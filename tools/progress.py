"""Show what a long step is doing and for how long: live on a terminal, a line now and then elsewhere."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

HEARTBEAT = 15.0
"""Seconds between lines where there is no terminal."""

_console = Console(stderr=True, highlight=False, soft_wrap=True)


def say(text: str) -> None:
    """Print one line for the user. It goes to stderr: stdout belongs to results."""
    _console.print(text, markup=False)


class Step:
    """A step that is under way; `detail` is what it is doing right now."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = time.monotonic()
        self.detail = ""

    def update(self, detail: str) -> None:
        """Say what the step is doing now."""
        self.detail = detail

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._started

    def line(self) -> str:
        """Return title and detail in one line."""
        return f"{self._title}: {self.detail}" if self.detail else self._title


@contextmanager
def step(title: str, heartbeat: float = HEARTBEAT) -> Iterator[Step]:
    """Show `title`, what the step is doing and the time it takes; ends with one line that says how long it took."""
    current = Step(title)
    finished = threading.Event()
    show = _live if sys.stderr.isatty() else _plain
    thread = threading.Thread(target=show, args=(current, finished, heartbeat), daemon=True)
    thread.start()
    try:
        yield current
    finally:
        finished.set()
        thread.join(timeout=2)
    say(f"{title}: done in {duration(current.seconds)}")


def duration(seconds: float) -> str:
    """Return `seconds` as people write it: 0.4 s, 12 s, 3 min 20 s."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def _live(current: Step, finished: threading.Event, heartbeat: float) -> None:  # noqa: ARG001 -- same shape as _plain
    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=_console, transient=True) as display:
        task = display.add_task(current.line())
        while not finished.wait(0.2):
            display.update(task, description=current.line())


def _plain(current: Step, finished: threading.Event, heartbeat: float) -> None:
    say(current.line())
    while not finished.wait(heartbeat):
        say(f"{current.line()} ({duration(current.seconds)})")
