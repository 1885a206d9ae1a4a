"""Waiting for a state of an object: adaptive polling, an eye on its events, progress, a deadline."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypedDict, TypeVar

from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.api.records import Event, Resource
from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import ApiError, DeadlineExceeded, NotFound, Refused, Unavailable
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.foundation.outside_text import one_line

R = TypeVar("R", bound=Resource)
OnWait = Callable[[str], None]
_SHOWN = 80


class Waiting(TypedDict, total=False):
    """How long a verb may wait, in seconds from now or to a Deadline (default: the client's state_timeout).

    `on_wait` is told the progress.
    """

    deadline: Deadline | float | None
    on_wait: OnWait | None


def silent(_message: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Wait:
    """One wait: `what` names it for people ("vm web to run"), `on_wait` is told about it at every look."""

    what: str
    deadline: Deadline
    interruption: Interruption
    timing: Timing
    on_wait: OnWait = silent

    def tell(self, state: str = "") -> None:
        """Say what is awaited, and since when."""
        shown = f"{one_line(state, _SHOWN)}, " if state else ""
        self.on_wait(f"waiting for {self.what} ({shown}{self.deadline.elapsed:.0f} s)")

    def pause(self, state: str = "", why: ApiError | None = None) -> None:
        """Tell, then wait a little: a quarter of what has passed. Raises DeadlineExceeded (with `why`), Interrupted."""
        if self.deadline.expired:
            raise DeadlineExceeded(
                f"waited {self.deadline.seconds:.0f} s for {self.what}"
                + (f": last seen {state}" if state else "")
                + (f": {why}" if why else "")
                + "; if it only needs longer, raise state_timeout (`pulumi config set hyperone:state_timeout 10m`)"
            )
        self.tell(state)
        seconds = min(max(self.deadline.elapsed / 4, self.timing.poll_first), self.timing.poll_last)
        self.interruption.sleep(min(seconds, self.deadline.remaining + 0.01))


def settle(
    first: R,
    *,
    until: Callable[[R], bool],
    look: Callable[[], R],
    events: Callable[[], list[Event]],
    noun: str,
    wait: Wait,
    history: str,
) -> R:
    """Look again until `until` is true of the object; `first` is what the call itself answered.

    `history` is the command that shows people what happened to the object.

    A newest event in state error raises Refused naming it, and so does a failed creation, whatever the state is then.
    The object gone for longer than lists and reads may be stale raises NotFound; an outage is outlived for
    `Timing.outage` seconds. Raises DeadlineExceeded and Interrupted.
    """
    seen = first
    missing_since: float | None = None
    while seen.created is False or not until(seen):
        _check_events(seen, events, noun, history)
        wait.pause(seen.state or "no state yet")
        try:
            seen = look()
            missing_since = None
        except NotFound:
            missing_since = wait.deadline.elapsed if missing_since is None else missing_since
            if wait.deadline.elapsed - missing_since > wait.timing.lookup:
                raise
    if seen is not first and seen.created is None:
        _check_events(seen, events, noun, history, creation=True)
    return seen


def _check_events(
    seen: Resource, events: Callable[[], list[Event]], noun: str, history_command: str, *, creation: bool = False
) -> None:
    """Raise Refused when the newest event, or the `creation`, ended in an error."""
    history = list(seen.events)
    if not history and not seen.processing:
        try:
            history = events()
        except (NotFound, Unavailable):
            return
    failed = failed_event(history, first=creation)
    if failed is not None:
        stage = f" ({failed.stage})" if failed.stage else ""
        raise Refused(
            f"{noun} {seen.name or seen.id} ({seen.id}): event {failed.name or failed.id} ended in an error{stage}; "
            f"its history (`{history_command}`) may say more"
        )


def failed_event(history: list[Event], *, first: bool = False) -> Event | None:
    """Take the newest event if it ended in an error; older errors were dealt with by whoever acted after.

    With `first` the oldest, the creation: what came of one that failed can only be deleted.
    """
    ordered = sorted(history, key=lambda event: event.at, reverse=not first)
    return ordered[0] if ordered and ordered[0].state == "error" else None
