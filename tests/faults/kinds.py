"""What can go wrong with a call: the faults that the matrix tries, as the local cloud's fault routes take them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from tests.faults.calls import Calls, CallSite

# Longer than the client waits for any reply (30 s, and 20 s more where the cloud may hold it).
TIME_OUT = 55
# Longer than the cloud may hold the reply of any call (20 s), so that a 202 comes first.
LONG = 23

REFUSED = {"action": "fail", "status": 400, "message": "no capacity left for this"}
EVERY_CALL: dict[str, dict[str, Any]] = {
    "reset before the effect": {"action": "drop_before"},
    "reset after the effect": {"action": "drop_after"},
    "time-out": {"action": "delay", "seconds": TIME_OUT},
    "401": {"action": "fail", "status": 401, "message": "token expired"},
    "403": {"action": "fail", "status": 403, "message": "forbidden"},
    "404": {"action": "fail", "status": 404, "message": "not found"},
    "400 processing": {"action": "fail", "status": 400, "message": "resource is processing"},
    "400 refused": REFUSED,
    "409": {"action": "fail", "status": 409, "message": "conflict"},
    "429 with Retry-After": {"action": "fail", "status": 429, "headers": {"Retry-After": "1"}},
    "500": {"action": "fail", "status": 500},
    "500 after the effect": {"action": "fail", "status": 500, "afterEffect": True},
    "502": {"action": "fail", "status": 502, "body": "<html>Bad Gateway</html>"},
    "503": {"action": "fail", "status": 503},
    "garbage": {"action": "garbage"},
    "truncated JSON": {"action": "truncate"},
}
EVENTS: dict[str, dict[str, Any]] = {
    "early 202": {"action": "early"},
    "202 that takes long": {"action": "event_slow", "seconds": LONG},
    "event ends in an error": {"action": "event_error"},
    "event ends in an error after its effect": {"action": "event_error", "afterEffect": True},
    "202 that ends in an error": {"action": "event_error", "early": True},
}
LISTS: dict[str, dict[str, Any]] = {
    "stale list": {"action": "stale", "seconds": 3},
}
KINDS = {**EVERY_CALL, **EVENTS, **LISTS}
# Nobody would wait for these to happen again and again: a minute each, or nothing but slow.
ONLY_ONCE = {"time-out", "202 that takes long"}
WITH_LISTS = {"vm.list", "disk.list", "image.list", "ip.list", "netadp.list"}


def kinds(calls: Calls, site: CallSite) -> list[str]:
    """The faults that a call can have."""
    names = list(EVERY_CALL)
    if site.operation in calls.with_events:
        names += EVENTS
    if site.operation in WITH_LISTS:
        names += LISTS
    return names


class Case(NamedTuple):
    """One fault at one call of one image's build; `lasting` hits every further call of this operation too."""

    site: CallSite
    kind: str
    lasting: bool = False

    def __str__(self) -> str:
        nth = f" #{self.site.nth}" if self.site.nth > 1 else ""
        return f"{self.site.operation}{nth}: {self.kind}{', lasting' if self.lasting else ''}"

    def fault(self, image: str) -> dict[str, Any]:
        """The body of POST /_local/faults that has it happen to this image's build."""
        return {
            **KINDS[self.kind],
            "operation": self.site.operation,
            "tags": {"pulumi-image": image},
            "family": "pulumi-build",
            "nth": self.site.nth,
            "count": 0 if self.lasting else 1,
        }


class UntoldCase(Case):
    """One fault at a call that names no image: it strikes whichever image comes as the n-th."""

    def fault(self, image: str) -> dict[str, Any]:
        """As above, for any call of this operation."""
        told = super().fault(image)
        return {key: value for key, value in told.items() if key not in ("tags", "family")}


def cases(calls: Calls, sites: Iterable[CallSite]) -> list[Case]:
    """Every fault of every call, once and lasting."""
    return [
        Case(site, kind, lasting)
        for lasting in (False, True)
        for site in sites
        for kind in kinds(calls, site)
        if not (lasting and kind in ONLY_ONCE)
    ]
