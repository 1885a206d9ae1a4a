"""What decides an image's content, compared between two builds; provisioners count by their order, not their places.

Labels are those of `content_parts`: `vm_type`, `provisioners[1]: scripts/base.sh`. A provisioner that leaves no trace
(sleep, breakpoint, download) has no label, so those after it keep their rank when it comes or goes.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Any, NamedTuple

from pulumi_hyperone.provider.foundation.known import is_known

_PROVISIONER = re.compile(r"provisioners\[(\d+)\]: (.*)", re.DOTALL)


class _Step(NamedTuple):
    """One provisioner that has effect: its place in the settings, and label → hash."""

    place: int
    parts: dict[str, Any]


def ranked(parts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts with provisioners numbered among those that have effect."""
    others, steps = _split(parts)
    numbered = {
        f"provisioners[{rank}]: {name}": step.parts[name] for rank, step in enumerate(steps) for name in step.parts
    }
    return others | numbered


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Say what was added, removed or changed, for people; what is unknown in `new` has not changed.

    Places are those of the settings: the new ones, of what was removed the old ones.
    """
    old_others, old_steps = _split(old)
    new_others, new_steps = _split(new)
    found = list(_compare(old_others, new_others))
    matcher = SequenceMatcher(None, [_key(step) for step in old_steps], [_key(step) for step in new_steps], False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            continue
        for before, after in zip_longest(old_steps[old_from:old_to], new_steps[new_from:new_to]):
            place = before.place if after is None else after.place
            compared = _compare(before.parts if before else {}, after.parts if after else {})
            found += [f"provisioners[{place}]: {change}" for change in compared]
    return found


def _split(parts: Mapping[str, Any]) -> tuple[dict[str, Any], list[_Step]]:
    others: dict[str, Any] = {}
    steps: dict[int, dict[str, Any]] = defaultdict(dict)
    for label, value in parts.items():
        if match := _PROVISIONER.fullmatch(label):
            steps[int(match[1])][match[2]] = value
        else:
            others[label] = value
    return others, [_Step(place, steps[place]) for place in sorted(steps)]


def _key(step: _Step) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, str(value)) for name, value in step.parts.items()))


def _compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for label in sorted({*old, *new}):
        if not is_known(new.get(label)) or old.get(label) == new.get(label):
            continue
        verb = "added" if label not in old else "removed" if label not in new else "changed"
        yield f"{label} {verb}"
