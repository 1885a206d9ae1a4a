"""Processes of sandbox machines whose session or machine ends while they start."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence

import psutil
import pytest

from pulumi_hyperone.local_cloud.machines.sandbox.host import NO_ENVIRONMENT, Host, find_host
from pulumi_hyperone.local_cloud.machines.sandbox.process import start_process

MARK = "4321.5"
"""How long the commands sleep: by that they are found."""
STEP = 0.0003
"""Seconds between the moments that are tried, of which some fall into bubblewrap's own start."""


class Enclosure:
    """The host's own files, in namespaces of their own."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def arguments(self, _environment: Mapping[str, str], *, new_session: bool) -> bytes:
        """Bubblewrap's options."""
        options = [*self._host.namespaces, "--die-with-parent", "--ro-bind", "/", "/"]
        options += ["--new-session"] if new_session else []
        return b"".join(os.fsencode(option) + b"\0" for option in options)

    def command(self, arguments_fd: int, inner: Sequence[str], *, terminal: bool) -> list[str]:
        """The command that runs `inner`."""
        assert not terminal
        return [self._host.bwrap, "--args", str(arguments_fd), "--", *inner]


def left() -> list[psutil.Process]:
    """Processes of these tests, bubblewrap's own included."""
    return [one for one in psutil.process_iter(["cmdline"]) if MARK in (one.info["cmdline"] or ())]


async def started_and_cut(host: Host, after: float) -> None:
    """Start a command and take that back after so many seconds."""
    starting = asyncio.ensure_future(
        start_process(Enclosure(host), ["/bin/sleep", MARK], NO_ENVIRONMENT, host, terminal=False)  # type: ignore[arg-type]
    )
    await asyncio.sleep(after)
    starting.cancel()
    done, _ = await asyncio.wait([starting])
    for one in done:
        if not one.cancelled():
            await one.result().kill()


@pytest.mark.timeout(120)
def test_a_start_that_is_cut_at_any_moment_ends_and_leaves_no_process():
    """Bubblewrap killed before it let its child go on left that waiting for ever, and the machine with it."""
    host = find_host()

    async def cut_all() -> None:
        for moment in range(80):
            await started_and_cut(host, moment * STEP)

    try:
        asyncio.run(cut_all())
        assert left() == []
    finally:
        for one in left():
            one.kill()
