"""A machine that stands still while its record is taken: its package database is a pipe into which nobody writes."""

from __future__ import annotations

import contextlib
import os
import select
from collections.abc import Callable, Iterator

from tests.support.cloud import Cloud
from tests.support.stacks import wait_for

STUCK = {"type": "shell", "inline": ["mkdir -p /var/lib/dpkg", "mkfifo /var/lib/dpkg/status"]}
"""The provisioner that makes it so."""


@contextlib.contextmanager
def looked_at(cloud: Cloud, disk_id: str | None = None) -> Iterator[Callable[[], bool]]:
    """Wait until the record of a machine with that pipe is taken; yields what says whether it still is.

    `disk_id` names the machine's disk where there are several.
    """
    place = cloud.local.home.disks
    (pipe,) = wait_for(lambda: list(place.glob(f"{disk_id or '*'}/rootfs/var/lib/dpkg/status")), 180, "the pipe")

    def opened() -> int | None:
        # That somebody reads is what makes it possible to write.
        with contextlib.suppress(OSError):
            return os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        return None

    descriptor = wait_for(opened, 60, "a record that is taken")
    poll = select.poll()
    poll.register(descriptor, 0)
    try:
        yield lambda: not poll.poll(0)
    finally:
        os.close(descriptor)
