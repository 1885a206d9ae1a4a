"""What builds left in a project, found by tags alone: it needs no state and no stack."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.records import Resource
from pulumi_hyperone.provider.foundation.outside_text import one_line
from pulumi_hyperone.provider.tracking.identity import ALIVE_TAG, BUILD_TAG, IMAGE_TAG, STACK_ID_TAG, STACK_TAG

NOUNS = ("vms", "disks", "ips", "images")


@dataclass
class BuildObjects:
    """Everything in the cloud that one build made. `stack_id` is the random identity of the stack it belongs to."""

    build_id: str
    stack: str
    stack_id: str
    image_key: str
    objects: dict[str, list[Resource]] = field(default_factory=lambda: defaultdict(list))

    @property
    def transient(self) -> list[Resource]:
        """VMs, disks and IPs: what a build needs only while it runs."""
        return [found for noun in NOUNS if noun != "images" for found in self.objects[noun]]

    @property
    def since(self) -> datetime | None:
        """When its first object was created."""
        return min(self._times("created_on"), default=None)

    @property
    def last_sign(self) -> datetime | None:
        """The newest thing known of it: an object created, or the last heartbeat of a running build."""
        alive = [found.tags[ALIVE_TAG] for found in self.transient if ALIVE_TAG in found.tags]
        return max([*self._times("created_on"), *_parsed(alive)], default=None)

    def seems_running(self, quiet: timedelta) -> bool:
        """Whether something was heard of it within `quiet`; a build that says nothing for longer is not running."""
        last = self.last_sign
        return bool(self.transient) and last is not None and datetime.now(UTC) - last < quiet

    def _times(self, attribute: str) -> list[datetime]:
        return _parsed(getattr(found, attribute) for noun in NOUNS for found in self.objects[noun])


def _parsed(texts: Iterable[str]) -> list[datetime]:
    """RFC 3339 texts as times; what is no such text is left out."""
    times = []
    for text in texts:
        try:
            time = datetime.fromisoformat(text)
        except ValueError:
            continue
        times.append(time if time.tzinfo else time.replace(tzinfo=UTC))
    return times


def find_builds(client: Cloud) -> list[BuildObjects]:
    """All builds of which something is there, oldest first."""
    builds: dict[str, BuildObjects] = {}
    for noun in NOUNS:
        for found in getattr(client, noun).list():
            if BUILD_TAG in found.tags:
                builds.setdefault(found.tags[BUILD_TAG], _build(found.tags)).objects[noun].append(found)
    return sorted(builds.values(), key=lambda build: build.since or datetime.now(UTC))


def _build(tags: Mapping[str, str]) -> BuildObjects:
    # Anybody in the project may write tags, and these are for terminals.
    build_id, stack, stack_id, image_key = (
        one_line(tags.get(tag, "")) for tag in (BUILD_TAG, STACK_TAG, STACK_ID_TAG, IMAGE_TAG)
    )
    return BuildObjects(build_id, stack, stack_id, image_key)
