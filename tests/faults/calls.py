"""The calls of builds and of their ends, in each generation of the API: where the matrices put their faults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class CallSite(NamedTuple):
    """One call of a build: its operation in the call log, and which of the build's calls of that operation it is."""

    operation: str
    nth: int = 1


# Plugging in is answered when it is done: no 202 (API facts 2.1, v2 facts 1.1).
EVENTS = frozenset(
    ("vm.create", "vm.delete", "vm.stop", "image.create", "image.delete", "disk.create", "disk.delete"),
)


@dataclass(frozen=True)
class Calls:
    """The calls that can be told by the image they are about, in order; `checks` name none.

    `build` and `destroy` are a plain image's, `end_of_old` what a build anew of a finished image has besides `build`,
    `chroot_build` and `chroot_destroy` what only chroot builds have: the second disk, made and plugged in and out, and
    the carrier of it. An image that is not kept is removed as well. `statement` are those of an image with a record and
    a statement. `checks` are those of all images, the first and the last of each kind. `with_events` are the operations
    that the cloud may go on with after its reply.
    """

    build: tuple[CallSite, ...]
    destroy: tuple[CallSite, ...]
    end_of_old: tuple[CallSite, ...]
    chroot_build: tuple[CallSite, ...]
    chroot_destroy: tuple[CallSite, ...]
    statement: tuple[CallSite, ...]
    checks: tuple[CallSite, ...]
    with_events: frozenset[str] = EVENTS

    @property
    def rebuild(self) -> tuple[CallSite, ...]:
        """The calls of an `up` that builds a finished image anew."""
        return self.build + self.end_of_old


def sites(*calls: str) -> tuple[CallSite, ...]:
    """The call sites that are written `vm.show`, `vm.show 2`."""
    return tuple(CallSite(operation, int(nth or 1)) for operation, _, nth in (call.partition(" ") for call in calls))


_END_V1 = (
    "vm.delete",
    "vm.show",
    "disk.show",
    "vm.list",
    "disk.list",
    "ip.list",
    "image.list",
    "image.delete",
)
V1 = Calls(
    build=sites(
        "vm.create",
        "vm.hdd.list",
        "disk.tag.merge",
        "vm.netadp.list",
        "vm.tag.merge",
        "vm.tag.merge 2",
        "vm.stop",
        "image.create",
    ),
    destroy=sites("vm.hdd.list", *_END_V1),
    end_of_old=sites("vm.hdd.list 2", *_END_V1),
    chroot_build=sites(
        "disk.create",
        "vm.hdd.attach",
        "vm.hdd.list 2",
        "vm.hdd.detach",
        "vm.create 2",
        "vm.hdd.list 3",
        "image.create",
    ),
    # Carrier, chroot disk and builder go in this order.
    chroot_destroy=sites(
        "vm.hdd.list",
        "vm.delete",
        "disk.show",
        "disk.delete",
        "vm.hdd.list 2",
        "vm.delete 2",
        "disk.list",
    ),
    statement=sites("image.show", "image.tag.merge"),
    checks=sites("service.list", "service.list 4", "image.show"),
)
# Tags are set one by one, of which the first and the last are tried; adapters and addresses are asked for by
# themselves; a disk is looked at before it is marked, unplugged and deleted.
V2 = Calls(
    build=sites(
        "vm.create",
        "vm.hdd.list",
        "disk.tag.list",
        "disk.tag.add",
        "disk.tag.add 5",
        "netadp.list",
        "ip.list",
        "vm.tag.list",
        "vm.tag.add",
        "vm.tag.list 2",
        "vm.tag.add 2",
        "vm.show",
        "vm.stop",
        "image.create",
    ),
    destroy=sites(
        "vm.hdd.list",
        "vm.show",
        "disk.show",
        "vm.delete",
        "vm.show 2",
        "disk.show 2",
        "disk.delete",
        "disk.show 3",
        "vm.list",
        "disk.list",
        "ip.list",
        "image.list",
        "image.delete",
        "image.show",
    ),
    end_of_old=sites(
        "vm.hdd.list 2",
        "vm.show 2",
        "disk.show",
        "vm.delete",
        "vm.show 3",
        "disk.show 2",
        "disk.delete",
        "disk.show 3",
        "vm.list",
        "disk.list",
        "ip.list 2",
        "image.list",
        "image.delete",
        "image.show",
    ),
    chroot_build=sites(
        "disk.create",
        "vm.hdd.attach",
        "vm.hdd.list 2",
        "disk.show",
        "vm.hdd.detach",
        "vm.create 2",
        "vm.hdd.attach 2",
        "vm.hdd.list 3",
        "vm.hdd.list 4",
        "image.create",
    ),
    chroot_destroy=sites(
        "vm.hdd.list",
        "vm.delete",
        "vm.show",
        "disk.show",
        "disk.delete",
        "disk.show 2",
        "vm.hdd.list 2",
        "vm.show 2",
        "disk.show 3",
        "vm.delete 2",
        "disk.delete 2",
        "disk.list",
    ),
    statement=sites("image.show", "image.tag.list", "image.tag.add", "image.tag.add 2"),
    checks=sites("service.list", "service.list 3", "image.list", "image.list 2", "image.show"),
    with_events=EVENTS | {"vm.hdd.detach"},
)
CALLS = {"v1": V1, "v2": V2}
