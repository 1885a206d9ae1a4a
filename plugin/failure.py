"""What a failure means for components that are being made.

The engine closes its connection as soon as it hears that something failed, and then complains of each component that
it still waits for: "the client connection is closing". So those end first, and the failure is told after that; but not
with `--continue-on-error`, where the engine goes on with all that does not need what failed. A program ends, though,
as soon as it hears of a component that cannot be made: such a component waits for the others.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.faults import joined
from pulumi_hyperone.provider.process import host

PATIENCE = 10.0
"""Seconds that a failure waits at most."""
SETTLED = 0.3
"""Seconds without work after which no more components are expected."""
ASKED = frozenset({b"--continue-on-error", b"--continue-on-error=true"})


class Failure:
    """Ends work on the event loop that it is made on; told from any other thread."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._running: dict[asyncio.Task[Any], asyncio.Event] = {}
        self._told = False
        self._waiting: set[asyncio.Task[Any] | None] = set()
        self._faults: list[str] = []

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

    async def others(self) -> None:
        """Wait, in a component that cannot be made, until nothing runs but components that wait likewise.

        What needs a component is asked for a moment after that one's end, so that is waited for too.
        """
        self._waiting.add(asyncio.current_task())
        while True:
            await asyncio.sleep(SETTLED)
            if not (work := self._running.keys() - self._waiting):
                return
            await asyncio.wait(work)

    async def faults_of_all(self, faults: str, *, preview: bool) -> str:
        """The faults of all components that cannot be made; `faults` are those of the component of this task.

        In a preview one of them is told, when the others were checked or PATIENCE is over, and all others end. In an
        update a moment is enough; but where the engine goes on, until the others are built.
        """
        self._faults.append(faults)
        if not preview:
            await (self.others() if engine_goes_on() else asyncio.sleep(SETTLED))
            return joined(self._faults)
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self.others()
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                await self._end()
        return joined(self._faults)

    def tell(self, *, step: bool) -> None:
        """Say that something failed, and wait, PATIENCE at most, until nothing runs that would be hurt by it.

        The engine goes on after a `step` alone, never after a check, nor after Ctrl-C.
        """
        if step and engine_goes_on() and not host.interruption.is_set:
            return
        ended = asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        with suppress(TimeoutError):
            ended.result(PATIENCE)

    async def _end(self) -> None:
        self._told = True
        running = {task: answered for task, answered in self._running.items() if task is not asyncio.current_task()}
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
