"""When a call is sent again: reads after any outage, changes only when they surely did not happen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception, wait_exponential_jitter

from pulumi_hyperone.provider.api.http.calls import Call, Reply
from pulumi_hyperone.provider.api.http.failures import NotSent
from pulumi_hyperone.provider.api.http.transport import Transport
from pulumi_hyperone.provider.foundation.errors import Busy, RateLimited, Unavailable

T = TypeVar("T")

_FOREIGN_REPEATED = 2
_backoff = wait_exponential_jitter(multiplier=0.1, max=4, jitter=0.1)


def read(transport: Transport, call: Call, decode: Callable[[Reply], T], *, patience: float | None = None) -> T:
    """Send a call that may be repeated (a read, or a change with the same effect each time) and decode its reply.

    Repeated on Unavailable, OutcomeUnknown and RateLimited, and a change on Busy, for at most `patience` seconds, and
    twice at most where what answers is not HyperOne's API; raises the last error. Without `patience` the client's
    Timing decides, which gives up sooner when nobody listens.
    """
    passing = (Unavailable, RateLimited, Busy) if call.changes else (Unavailable, RateLimited)
    return _retrying(transport, patience, again=lambda error: isinstance(error, passing))(
        lambda: decode(transport.send(call))
    )


def change(transport: Transport, call: Call) -> Reply:
    """Send a change; repeated only when it never left this machine or was rate limited.

    Raises OutcomeUnknown when the reply was lost, and every refusal as it is.
    """
    return _retrying(transport, None, again=lambda error: isinstance(error, NotSent | RateLimited))(
        lambda: transport.send(call)
    )


def _retrying(transport: Transport, patience: float | None, *, again: Callable[[BaseException], bool]) -> Retrying:
    timing = transport.timing
    foreign = 0

    def give_up(state: RetryCallState) -> bool:
        nonlocal foreign
        error = state.outcome.exception() if state.outcome else None
        foreign += isinstance(error, Unavailable) and error.is_foreign
        if foreign > _FOREIGN_REPEATED:
            return True
        allowed = (
            patience if patience is not None else timing.refused if isinstance(error, NotSent) else timing.patience
        )
        return (state.seconds_since_start or 0) + state.upcoming_sleep > allowed

    return Retrying(
        retry=retry_if_exception(again), stop=give_up, wait=_pause, sleep=transport.interruption.sleep, reraise=True
    )


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return error.retry_after
    return _backoff(state)
