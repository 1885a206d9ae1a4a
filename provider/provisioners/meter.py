"""How far a transfer is: size and rate, for people."""

from __future__ import annotations

import time
from collections.abc import Callable

MEBIBYTE = 2**20
INTERVAL = 0.1
"""Seconds between two lines: pieces may be small and many."""


class Meter:
    """Counts the bytes of one transfer and says now and then `upload of site: 120 MiB of 500 MiB, 35 MiB/s`.

    `total` in bytes, None when it is not known before the end.
    """

    def __init__(
        self,
        what: str,
        say: Callable[[str], None],
        total: int | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._what = what
        self._say = say
        self._total = total
        self._clock = clock
        self._started = self._said = clock()
        self.moved = 0
        """Bytes so far."""

    def add(self, size: int) -> None:
        """Count a piece."""
        self.moved += size
        now = self._clock()
        if now - self._said < INTERVAL:
            return
        self._said = now
        of = f" of {mebibytes(self._total)}" if self._total else ""
        self._say(f"{self._what}: {mebibytes(self.moved)}{of}, {self._rate()}/s")

    def summary(self) -> str:
        """The whole transfer: `upload of site was 500 MiB, 35 MiB/s`."""
        return f"{self._what} was {mebibytes(self.moved)}, {self._rate()}/s"

    def _rate(self) -> str:
        return mebibytes(self.moved / max(self._clock() - self._started, 0.001))


def mebibytes(size: float) -> str:
    """Return a size in bytes as MiB, with a digit after the point as long as that says something."""
    return f"{size / MEBIBYTE:.{0 if size >= 10 * MEBIBYTE else 1}f} MiB"
