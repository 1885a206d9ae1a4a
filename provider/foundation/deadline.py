"""A moment after which a wait is given up."""

from __future__ import annotations

import math
import time

DEFAULT_STATE_TIMEOUT = 300.0
"""Seconds to wait for the cloud to finish one operation (Packer's default of 5 minutes)."""


class Deadline:
    """`seconds` from its making on the monotonic clock (None: never ends); shared by all steps of one wait."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = math.inf if seconds is None else seconds
        self._started = time.monotonic()

    @classmethod
    def of(cls, value: Deadline | float | None, default: float) -> Deadline:
        """`value` itself, or a new deadline of so many seconds from now (`default` when None)."""
        if isinstance(value, Deadline):
            return value
        return cls(default if value is None else value)

    @property
    def elapsed(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._started

    @property
    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.seconds - self.elapsed)

    @property
    def expired(self) -> bool:
        """Whether the time is over."""
        return self.remaining <= 0

    def left(self, at_most: float) -> float:
        """Seconds left, but not more than `at_most`."""
        return min(at_most, self.remaining)
