"""What can go wrong with a call: the faults that the matrix tries, as the local cloud's fault routes take them."""

from __future__ import annotations

from typing import Any, NamedTuple

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
# Plugging and unplugging are answered when they are done: no 202 (API facts 2.1).
WITH_EVENTS = {"vm.create", "vm.delete", "vm.stop", "image.create", "image.delete", "disk.create", "disk.delete"}


class CallSite(NamedTuple):
    """One call of a build: its operation in the call log, and which of the build's calls of that operation it is."""

    operation: str
    nth: int = 1

    @property
    def kinds(self) -> list[str]:
        """The faults that this call can have."""
        names = list(EVERY_CALL)
        if self.operation in WITH_EVENTS:
            names += EVENTS
        if self.operation in {"vm.list", "disk.list", "image.list", "ip.list"}:
            names += LISTS
        return names


# The calls of a build that can be told by the image they are about, in order.
BUILD = [
    CallSite("vm.create"),
    CallSite("vm.hdd.list"),
    CallSite("disk.tag.merge"),
    CallSite("vm.netadp.list"),
    CallSite("vm.show"),
    CallSite("vm.tag.merge"),
    CallSite("vm.tag.merge", 2),
    CallSite("vm.stop"),
    CallSite("image.list"),
    CallSite("image.create"),
]
# Those of a destroy; an image that is not kept is removed as well.
DESTROY = [
    CallSite("vm.hdd.list"),
    CallSite("vm.delete"),
    CallSite("vm.show"),
    CallSite("disk.delete"),
    CallSite("disk.show"),
    CallSite("vm.list"),
    CallSite("disk.list"),
    CallSite("ip.list"),
    CallSite("image.list"),
    CallSite("image.delete"),
]
# Those that a build anew of a finished image has besides: the end of the old build.
REBUILD = [
    *BUILD,
    CallSite("vm.hdd.list", 2),
    CallSite("vm.delete"),
    CallSite("vm.show", 2),
    CallSite("disk.delete"),
    CallSite("disk.show"),
    CallSite("vm.list"),
    CallSite("disk.list"),
    CallSite("ip.list"),
    CallSite("image.list", 2),
    CallSite("image.delete"),
]
# Those that only chroot builds have: the second disk, made and plugged in and out, and the carrier of it.
CHROOT_BUILD = [
    CallSite("disk.list"),
    CallSite("disk.create"),
    CallSite("vm.hdd.attach"),
    CallSite("vm.hdd.list", 2),
    CallSite("vm.hdd.detach"),
    CallSite("vm.list"),
    CallSite("vm.create", 2),
    CallSite("vm.hdd.list", 3),
    CallSite("image.create"),
]
# Carrier, chroot disk and builder go in this order.
CHROOT_DESTROY = [
    CallSite("vm.hdd.list"),
    CallSite("vm.delete"),
    CallSite("disk.show"),
    CallSite("disk.delete"),
    CallSite("vm.hdd.list", 2),
    CallSite("vm.delete", 2),
    CallSite("disk.delete", 2),
    CallSite("disk.list"),
]
# Calls that name no image, since nothing of it is there yet: what the checks of all images ask (the image once for all,
# then once for each), and the first look at the VMs of a build.
CHECKS = [CallSite("service.list"), CallSite("service.list", 4), CallSite("image.show"), CallSite("image.show", 2)]
FIRST_LOOK = CallSite("vm.list")


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


def cases(sites: list[CallSite]) -> list[Case]:
    """Every fault of every call, once and lasting."""
    return [
        Case(site, kind, lasting)
        for lasting in (False, True)
        for site in sites
        for kind in site.kinds
        if not (lasting and kind in ONLY_ONCE)
    ]
