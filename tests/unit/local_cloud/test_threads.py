"""Threads that work on files."""

from __future__ import annotations

import asyncio
import threading

import pytest

from pulumi_hyperone.local_cloud.machines.threads import in_thread


def test_a_cancelled_caller_waits_for_the_thread() -> None:
    """Cancelled while the thread works, the caller is cancelled once the work is done, not before."""
    begun, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def work() -> None:
        begun.set()
        may_end.wait(10)
        done.append("work")

    async def main() -> None:
        caller = asyncio.create_task(in_thread(work))
        await asyncio.to_thread(begun.wait, 10)
        caller.cancel()
        await asyncio.wait({caller}, timeout=0.05)
        assert not caller.done()
        may_end.set()
        with pytest.raises(asyncio.CancelledError):
            await caller
        assert done == ["work"]

    asyncio.run(main())


def test_results_and_errors_come_back() -> None:
    """What the function returns, and what it raises."""
    assert asyncio.run(in_thread(int, "ff", base=16)) == 255
    with pytest.raises(ValueError, match="invalid literal"):
        asyncio.run(in_thread(int, "x"))
