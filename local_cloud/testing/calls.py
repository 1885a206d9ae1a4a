"""The log of API calls that `GET /_local/calls` shows, secrets masked."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pulumi_hyperone.local_cloud.access.auth import token_secret
from pulumi_hyperone.local_cloud.state.records import date_text
from pulumi_hyperone.local_cloud.testing.masks import Masks

CALLS_KEPT = 20_000
MUTATING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@dataclass
class Call:
    """One API call; `seconds` is how long it took, `fault` the action injected into it."""

    number: int
    method: str
    path: str
    query: str
    operation: str
    request_bytes: int
    body: Any
    started: datetime = field(default_factory=lambda: datetime.now(UTC))
    status: int | None = None
    reply_bytes: int = 0
    seconds: float = 0.0
    fault: str | None = None
    prefer: str = ""
    idempotency_key: str = ""

    def present(self) -> dict[str, Any]:
        """The call as JSON; status null means that no reply was sent."""
        return {
            "number": self.number,
            "time": date_text(self.started),
            "method": self.method,
            "path": self.path,
            "query": self.query,
            "operation": self.operation,
            "mutating": self.method in MUTATING,
            "status": self.status,
            "seconds": round(self.seconds, 4),
            "requestBytes": self.request_bytes,
            "replyBytes": self.reply_bytes,
            "body": self.body,
            "fault": self.fault,
            "prefer": self.prefer,
            "idempotencyKey": self.idempotency_key,
        }


class CallLog:
    """The latest calls, oldest first."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._number = 0

    def add(self, method: str, path: str, *, query: str, operation: str, body: bytes, headers: dict[str, str]) -> Call:
        """Write down a call that begins."""
        self._number += 1
        masks = Masks(token_secret(headers.get("x-auth-token"), headers.get("authorization")))
        call = Call(self._number, method, masks.path(path), masks.query(query), operation, len(body), masks.body(body))
        call.prefer = masks.text(headers.get("prefer", ""))
        call.idempotency_key = masks.text(headers.get("x-idempotency-key", ""))
        self._calls.append(call)
        return call

    def all(self, *, mutating: bool = False, after: int = 0) -> list[Call]:
        """The calls with a number above `after`; only those that change something if asked."""
        return [call for call in self._calls if call.number > after and (not mutating or call.method in MUTATING)]

    def clear(self) -> None:
        """Forget all calls; numbers go on."""
        self._calls.clear()
