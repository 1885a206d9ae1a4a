"""Faults on demand: for the n-th call of an operation, fail, delay, cut the line, answer early, and so on."""

from __future__ import annotations

import contextvars
import fnmatch
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pulumi_hyperone.local_cloud.lifecycle.bodies import Body
from pulumi_hyperone.local_cloud.state.records import new_id
from pulumi_hyperone.local_cloud.testing.fault_subjects import Subject

#: For the request at hand: lists are as they were this many seconds ago (0: up to date).
stale_seconds: contextvars.ContextVar[float] = contextvars.ContextVar("stale_seconds", default=0.0)

Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]
ActionName = Literal[
    "fail", "delay", "drop_before", "drop_after", "early", "garbage", "truncate", "event_error", "event_slow", "stale"
]


class FaultRequest(Body):
    """POST /_local/faults. See docs/local-cloud.md for the meaning of each action.

    Matches by `operation` (such as `vm.create`), by `method` and `path` (a pattern with `*`, under /v1 or /v2), by the
    `tags` of the object that is made, read or changed; what is left out matches everything. With `family`, the key of a
    tag, lists that filter by this tag match too when its value is one that such an object has, had or should have got.
    The `nth` matching call (from 1) and the following, `count` in all (0: for ever).
    """

    operation: str | None = None
    method: str | None = None
    path: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    family: str | None = None
    nth: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    count: Annotated[int, Field(ge=0, le=1_000_000)] = 1
    action: ActionName = "fail"
    status: Annotated[int, Field(ge=200, le=599)] = 500
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)
    seconds: Seconds = 1.0
    message: str = "injected fault"
    after_effect: bool = False
    early: bool = False

    @model_validator(mode="after")
    def _upper_method(self) -> FaultRequest:
        if self.method:
            self.method = self.method.upper()
        return self


class Fault(FaultRequest):
    """A fault that is set: `seen` counts matching calls, `used` those that it hit."""

    id: str = Field(default_factory=new_id)
    seen: int = 0
    used: int = 0
    relatives: set[str] = Field(default_factory=set, exclude=True)

    def matches(self, method: str, path: str, operation: str, subject: Subject | None = None) -> bool:
        """Whether this call is one that the fault is about; `path` is the one under /v1 or /v2."""
        if self.tags and not (subject and self._concerns(subject)):
            return False
        if self.operation and not fnmatch.fnmatchcase(operation, self.operation):
            return False
        if self.method and self.method != method:
            return False
        wanted = (self.path or "").removeprefix("/v1").removeprefix("/v2").strip("/")
        return not self.path or fnmatch.fnmatchcase(path, "/" + wanted)

    def _concerns(self, subject: Subject) -> bool:
        found = [tags for tags in subject.tags if self.tags.items() <= tags.items()]
        if self.family is None:
            return bool(found)
        self.relatives |= {tags[self.family] for tags in found if self.family in tags}
        wanted = subject.filters.get(self.family)
        if wanted is None or wanted in self.relatives:
            return bool(found) or wanted is not None
        return any(tags.get(self.family) == wanted and self.tags.items() <= tags.items() for tags in subject.filtered)

    def take(self) -> bool:
        """Count a matching call; whether the fault hits it."""
        self.seen += 1
        if self.seen < self.nth or (self.count and self.used >= self.count):
            return False
        self.used += 1
        return True


class Faults:
    """All faults that are set, in the order in which they were."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, request: FaultRequest) -> Fault:
        """Set a fault."""
        fault = Fault.model_validate(request.model_dump())
        self._faults.append(fault)
        return fault

    def all(self) -> list[Fault]:
        """The faults that are set."""
        return self._faults

    def hit(self, method: str, path: str, operation: str, subject: Subject | None = None) -> Fault | None:
        """The first fault that hits this call; every matching one counts it."""
        hits = [fault for fault in self._faults if fault.matches(method, path, operation, subject) and fault.take()]
        return hits[0] if hits else None

    def remove(self, fault_id: str) -> bool:
        """Remove one fault; whether it was there."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.id != fault_id]
        return len(self._faults) < before

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()
