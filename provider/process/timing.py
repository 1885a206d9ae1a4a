"""How long each step of a build took and how many API calls it needed, recorded as outputs of its resource."""

from __future__ import annotations

import contextvars
import functools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pulumi.dynamic import CreateResult

TIMES = ("started_at", "seconds", "api_calls")
"""Outputs of a timed resource: RFC 3339 UTC, seconds, number of calls (retries count)."""

_calls: contextvars.ContextVar[list[int] | None] = contextvars.ContextVar("calls", default=None)


def count_call(number: int = 1) -> None:
    """Count API calls of the step that runs in this thread; outside a step nothing is counted."""
    counter = _calls.get()
    if counter is not None:
        counter[0] += number


def timed(create: Callable[[Any, dict[str, Any]], CreateResult]) -> Callable[[Any, dict[str, Any]], CreateResult]:
    """Have the `create` of a provider add TIMES to its outputs; they are no inputs, so no diff ever sees them."""

    @functools.wraps(create)
    def measured(provider: Any, props: dict[str, Any]) -> CreateResult:
        counter = [0]
        token = _calls.set(counter)
        started_at, start = datetime.now(UTC), time.monotonic()
        try:
            made = create(provider, props)
        finally:
            _calls.reset(token)
            count_call(counter[0])  # a step inside another one is part of it
        times = {
            "started_at": started_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "seconds": round(time.monotonic() - start, 3),
            "api_calls": counter[0],
        }
        return CreateResult(made.id, {**(made.outs or {}), **times})

    return measured
