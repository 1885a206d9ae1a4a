"""One server per home: a lock that the kernel gives back however the server ends."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi_hyperone.local_cloud.state.home import Home


class AlreadyRunningError(Exception):
    """Another server runs on this home."""


@contextmanager
def hold(home: Home) -> Iterator[None]:
    """Hold the home's lock. Raises AlreadyRunningError."""
    home.root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(home.lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise AlreadyRunningError(f"a local cloud runs on {home.root} already") from None
    try:
        yield
    finally:
        os.close(descriptor)


def is_held(home: Home) -> bool:
    """Whether a server runs on the home."""
    try:
        with hold(home):
            return False
    except AlreadyRunningError:
        return True
