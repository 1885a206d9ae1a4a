"""One API call and its reply, before anything is read into them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pulumi_hyperone.provider.foundation.errors import NotFound, OutcomeUnknown, Unavailable


@dataclass(frozen=True, kw_only=True)
class Call:
    """What to send. `operation` names it for people, e.g. `create vm "web"`; `kind` for counting, e.g. `POST /vm`.

    `wait` is how many seconds the server may hold the reply (`Prefer: respond-async,wait=N`, API facts 1.3). `scoped`
    says whether the call belongs to a project (`x-project`).
    """

    method: str
    path: str
    kind: str
    operation: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    wait: float | None = None
    idempotency_key: str | None = None
    scoped: bool = True

    @property
    def changes(self) -> bool:
        """Whether the call changes anything in the cloud."""
        return self.method != "GET"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A 2xx reply; `content` is None when it broke off in the middle."""

    call: Call
    status: int
    content: bytes | None

    def json(self) -> Any:
        """Decode the body. Raises Unavailable, or OutcomeUnknown after a call that changes something."""
        if self.content is None:
            raise self.unreadable("it breaks off in the middle")
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise self.unreadable(str(error)) from error

    def mapping(self) -> Mapping[str, Any]:
        """Decode the body, which has to be an object; raises as `json` does."""
        value = self.json()
        if not isinstance(value, Mapping):
            raise self.unreadable(f"an object was expected, not {type(value).__name__}")
        return value

    def mappings(self) -> list[Mapping[str, Any]]:
        """Decode the body, which has to be a list of objects; raises as `json` does."""
        value = self.json()
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self.unreadable("a list of objects was expected")
        return value

    def unreadable(self, why: str) -> Unavailable:
        """Make the error for a body that cannot be used."""
        kind = OutcomeUnknown if self.call.changes else Unavailable
        message = f"cannot {self.call.operation}: the reply cannot be read (HTTP {self.status}: {why})"
        return kind(message, status=self.status, operation=self.call.operation)


def segment(reference: str, noun: str) -> str:
    """Quote an id or name as one part of a path. Raises NotFound for "", "." and ".."."""
    if reference in {"", ".", ".."}:
        raise NotFound(f"there is no {noun} with the id or name {reference!r}", operation=f"find {noun}")
    return quote(reference, safe="")
