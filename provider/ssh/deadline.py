"""The end of a step that takes time."""

from __future__ import annotations

import time


class Deadline:
    """The end of a step, in monotonic seconds; None never ends."""

    def __init__(self, timeout: float | None) -> None:
        self.timeout = timeout
        self._end = None if timeout is None else time.monotonic() + timeout

    @property
    def passed(self) -> bool:
        """Whether the end is reached."""
        return self._end is not None and time.monotonic() >= self._end

    def left(self, at_most: float) -> float:
        """Return the seconds to the end, not below 0 and not above `at_most`."""
        return at_most if self._end is None else max(0.0, min(at_most, self._end - time.monotonic()))
