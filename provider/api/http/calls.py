"""One API call and its reply, before anything is read into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from pulumi_hyperone.provider.foundation.errors import NotFound, OutcomeUnknown, Unavailable
from pulumi_hyperone.provider.foundation.outside_text import decode_json, one_line

LARGEST_REPLY = 64 * 2**20
"""Bytes of a reply that are read; a reply of more is of no use."""
_SHOWN = 80
_LONGEST_OPERATION = 200


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

    def __post_init__(self) -> None:
        object.__setattr__(self, "operation", one_line(self.operation, _LONGEST_OPERATION))

    @property
    def changes(self) -> bool:
        """Whether the call changes anything in the cloud."""
        return self.method != "GET"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A 2xx reply of the API at `address`; `content` is None when it broke off in the middle."""

    call: Call
    address: str
    status: int
    content: bytes | None

    def json(self) -> Any:
        """Decode the body. Raises Unavailable, or OutcomeUnknown after a call that changes something."""
        if self.content is None:
            raise self._error(f"the reply of {self.address} breaks off in the middle (HTTP {self.status})")
        if len(self.content) > LARGEST_REPLY:
            raise self.foreign(f"more than {LARGEST_REPLY >> 20} MiB")
        try:
            return decode_json(self.content)
        except ValueError as error:
            raise self.foreign(_kind(self.content) or f"invalid JSON ({error})") from None

    def mapping(self) -> Mapping[str, Any]:
        """Decode the body, which has to be an object; raises as `json` does."""
        value = self.json()
        if not isinstance(value, Mapping):
            raise self.foreign("something other than an object")
        return value

    def mappings(self) -> list[Mapping[str, Any]]:
        """Decode the body, which has to be a list of objects; raises as `json` does."""
        value = self.json()
        if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
            raise self.foreign("something other than a list of objects")
        return value

    def foreign(self, what: str) -> Unavailable:
        """Make the error for a whole body that is none of HyperOne's API; `what` came instead."""
        start = one_line((self.content or b"")[: 4 * _SHOWN].decode("utf-8", "replace"), _SHOWN)
        error = self._error(
            f"{self.address} answered with {what} (HTTP {self.status}{start and f': {start}'}), which is not "
            "HyperOne's API: check hyperone:api_url, and that no proxy or login page answers in its place"
        )
        error.is_foreign = True
        return error

    def _error(self, why: str) -> Unavailable:
        kind = OutcomeUnknown if self.call.changes else Unavailable
        return kind(f"cannot {self.call.operation}: {why}")


def _kind(content: bytes) -> str:
    """What a body is that is not JSON, as far as one can tell."""
    start = content.lstrip()
    if not start:
        return "nothing"
    if start.startswith(b"<"):
        return "a web page"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "something that is not text"
    return ""


def segment(reference: str, noun: str) -> str:
    """Quote an id or name as one part of a path. Raises NotFound for "", "." and ".."."""
    if reference in {"", ".", ".."}:
        raise NotFound(f"there is no {noun} with the id or name {reference!r}")
    return quote(reference, safe="")
