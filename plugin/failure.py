"""What a failure means for components that are being made.

The engine closes its connection as soon as it hears that something failed, and then complains of each component that
it still waits for: "the client connection is closing". So those end first, and the failure is told after that; but not
with `--continue-on-error`, where the engine goes on with all that does not need what failed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

PATIENCE = 10.0
"""Seconds that a failure waits at most."""
ASKED = frozenset({b"--continue-on-error", b"--continue-on-error=true"})


class Failure:
    """Ends work on the event loop that it is made on; told from any other thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running: dict[asyncio.Task[Any], asyncio.Event] = {}
        self._told = False

    async def unless(self, work: Coroutine[Any, Any, Any], call: Any) -> Any:
        """The result of `work`, or None when a failure is told before that, or was told already.

        `call` is the context of the engine's call that the result answers; a failure waits until that has its answer.
        """
        if self._told:
            work.close()
            return None
        task = asyncio.create_task(work)
        answered = self._running[task] = asyncio.Event()
        call.add_done_callback(lambda _: answered.set())
        call.add_done_callback(lambda _: self._running.pop(task))
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
        return None if task.cancelled() else task.result()

    def tell(self) -> None:
        """Say that something failed, and wait, PATIENCE at most, until nothing runs that would be hurt by it."""
        if engine_goes_on():
            return
        ended = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        with suppress(TimeoutError):
            ended.result(PATIENCE)

    async def _end(self) -> None:
        self._told = True
        running = dict(self._running)
        for task in running:
            task.cancel()
        for answered in running.values():
            await answered.wait()


@cache
def engine_goes_on() -> bool:
    """Whether the engine was told to go on after a failure. It tells no plugin, so its command line has to."""
    if os.environ.get("PULUMI_CONTINUE_ON_ERROR", "").lower() in ("1", "true"):
        return True
    process = os.getppid()
    with suppress(OSError):  # systems without /proc
        while process > 1:
            files = Path("/proc", str(process))
            if ASKED.intersection((files / "cmdline").read_bytes().split(b"\0")):
                return True
            process = int((files / "stat").read_text().rpartition(")")[2].split()[1])
    return False
