"""Durations as Go writes them."""

from __future__ import annotations

import re

_DURATION = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+", re.ASCII)
_DURATION_PART = re.compile(r"(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)", re.ASCII)
_SECONDS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
MAX_DURATION = 2**63 / 1e9
"""Longest duration in seconds: what Go's 64 bits of nanoseconds hold (292 years)."""


def seconds_of(text: str) -> float:
    """Return the seconds of a Go duration text such as `5m`, `1h2m3s`, `1.5h` or `0`; raise ValueError otherwise."""
    if text in {"0", "+0", "-0"}:
        return 0.0
    if not _DURATION.fullmatch(text):
        raise ValueError("must be a duration such as 5m, 1h2m3s or 500ms")
    seconds = sum(float(number) * _SECONDS[unit] for number, unit in _DURATION_PART.findall(text))
    if not seconds < MAX_DURATION:
        raise ValueError("must be a duration of less than 292 years")
    return -seconds if text.startswith("-") else seconds
