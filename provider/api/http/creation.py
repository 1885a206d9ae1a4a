"""Creating without doubles: after a lost reply the object is looked for before the call is sent again."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from pulumi_hyperone.provider.api.http.waiting import Wait
from pulumi_hyperone.provider.api.records import Resource
from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import Busy, DeadlineExceeded, OutcomeUnknown, Unavailable

R = TypeVar("R", bound=Resource)

ATTEMPTS = 3


def create(*, send: Callable[[str], R], look_up: Callable[[], list[R]], title: str, wait: Wait) -> R:
    """Send a create with an idempotency key until it is accepted; `look_up` finds the object of a lost reply.

    A busy refusal did nothing, so it is repeated under a new key until the deadline. A lost reply is followed by
    looking for the object, as lists may be stale for some seconds; if it is not there the call is sent again with the
    same key, three times in all. Raises OutcomeUnknown, DeadlineExceeded, Interrupted and every refusal.
    """
    key = _new_key()
    lost = 0
    wait.tell()
    while True:
        try:
            return send(key)
        except Busy as error:
            key = _new_key()
            wait.pause("busy", error)
        except OutcomeUnknown as error:
            found = _find(look_up, title, wait, error)
            if found is not None:
                return found
            lost += 1
            if lost >= ATTEMPTS:
                raise


def _find(look_up: Callable[[], list[R]], title: str, wait: Wait, error: OutcomeUnknown) -> R | None:
    what = f"{title}, whose creation got no answer, to show up"
    looking = replace(wait, what=what, deadline=Deadline(wait.timing.lookup))
    while True:
        try:
            found = look_up()
        except Unavailable as outage:
            unknown = f"{error}; whether {title} exists is unknown, as the cloud cannot be asked ({outage})"
            raise OutcomeUnknown(unknown) from None
        if found:
            return max(found, key=lambda item: item.created_on)
        try:
            looking.pause("not listed")
        except DeadlineExceeded:
            return None


def _new_key() -> str:
    """30 hexadecimal digits (API facts 1.1)."""
    return secrets.token_hex(15)
