"""What v2 spells the same way for all nouns: paths, look-ups by name, tags, histories (v2 facts 1)."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pulumi_hyperone.provider.api.decoding import text
from pulumi_hyperone.provider.api.http import creation
from pulumi_hyperone.provider.api.http.calls import Call, segment
from pulumi_hyperone.provider.api.http.collection import Collection, R, Readable
from pulumi_hyperone.provider.api.http.waiting import Wait
from pulumi_hyperone.provider.api.v2.places import PLATFORM, collection, is_id, last_segment
from pulumi_hyperone.provider.api.v2.replies import replies
from pulumi_hyperone.provider.foundation.errors import NotFound, OutcomeUnknown, Refused


class Spelled(Readable[R]):
    """Reading in v2. Paths take ids alone, so that names are looked up in lists first."""

    namespace: ClassVar[str]
    _event = staticmethod(replies.event)
    history: ClassVar[str] = "/event"

    def _place(self) -> str:
        return collection(self._transport, self.namespace, self.noun)

    def _history_command(self, identity: str) -> str:
        return f"h1 {self.namespace} {self.noun} event list --{self.noun} {identity}"

    def _tag_filter(self, tags: Mapping[str, str]) -> dict[str, str]:
        """One tag, since a call takes one; `_search` checks the others."""
        key, value = next(iter(tags.items()))
        return {"tag.key": key, "tag.value": value}

    def _call(self, method: str, reference: str, below: str = "", *, operation: str, **details: Any) -> Call:
        return super()._call(method, self._id(reference), below, operation=operation, **details)

    def _id(self, reference: str) -> str:
        """The id that a reference means: an id, a path, or the name of the newest object that has it."""
        last = last_segment(reference)
        if is_id(last):
            return last
        segment(last, self.noun)
        found = self._named(last)
        if not found:
            raise NotFound(f"there is no {self.noun} with the id or name {reference!r}")
        return max(found, key=lambda item: item.created_on).id

    def _named(self, name: str) -> builtins.list[R]:
        return self.list(name=name)


class Shared(Spelled[R]):
    """Nouns of which the platform has some for everybody."""

    def get(self, reference: str) -> R:
        """Read the object with this id or name, the project's or the platform's. Raises NotFound."""
        try:
            return super().get(reference)
        except NotFound:
            last = last_segment(reference)
            found = self._of_the_platform(f"/{last}", {}) if is_id(last) else []
            if not found:
                raise
            return found[0]

    def _named(self, name: str) -> builtins.list[R]:
        found = super()._named(name) or self._of_the_platform("", {"name": name})
        return [item for item in found if item.name == name]

    def _of_the_platform(self, below: str, params: Mapping[str, str]) -> builtins.list[R]:
        """The platform's objects; none where it does not show them."""
        call = Call(
            method="GET",
            path=f"{collection(self._transport, self.namespace, self.noun, PLATFORM)}{below}",
            kind=f"GET /{self.noun}{'/{id}' if below else ''}",
            operation=f"read the platform's {self.noun}s",
            params=params,
        )
        try:
            return [self._read(call, self._one)] if below else self._read(call, self._many)
        except (NotFound, Refused):
            return []


@dataclass(frozen=True)
class _Tag:
    id: str
    key: str
    value: str


class Tagged(Spelled[R], Collection[R]):
    """Tags in v2: a list of objects with ids, without a merge (v2 facts 1.7).

    Each is set and removed by itself, since a PUT of all would undo what somebody else set in between.
    """

    def add_tags(self, reference: str, tags: Mapping[str, str]) -> None:
        """Set these tags and keep the others. Raises NotFound.

        After a lost reply the tags are read again, three times at most.
        """
        operation = f"add the tags of {self.noun} {reference}"
        wanted = dict(tags)
        for _attempt in range(creation.ATTEMPTS):
            now = self._tags(reference, operation)
            for key, value in list(wanted.items()):
                old = [tag for tag in now if tag.key == key]
                if [tag.value for tag in old] != [value]:
                    # The old one goes first: whether a second one of the same key replaces it is not documented.
                    self._drop(reference, old, operation)
                    if not self._post(reference, key, value, operation):
                        continue
                del wanted[key]
            if not wanted:
                return
        raise OutcomeUnknown(f"cannot {operation}: no answer about {', '.join(wanted)}")

    def remove_tag(self, reference: str, key: str) -> None:
        """Remove a tag; no error when it is not there. Raises NotFound when the object is not there."""
        operation = f"remove tag {key} of {self.noun} {reference}"
        self._drop(reference, [tag for tag in self._tags(reference, operation) if tag.key == key], operation)

    def _tags(self, reference: str, operation: str) -> builtins.list[_Tag]:
        call = self._call("GET", reference, "/tag", operation=operation)
        return self._read(
            call,
            lambda reply: [_Tag(*(text(raw.get(name)) for name in ("id", "key", "value"))) for raw in reply.mappings()],
        )

    def _post(self, reference: str, key: str, value: str, operation: str) -> bool:
        """Whether the cloud said that the tag is there."""
        body = {"key": key, "value": value}
        try:
            self._change("POST", reference, "/tag", operation=operation, body=body)
        except OutcomeUnknown:
            return False
        return True

    def _drop(self, reference: str, tags: builtins.list[_Tag], operation: str) -> None:
        for tag in tags:
            below = f"/tag/{segment(tag.id, 'tag')}"
            call = self._call("DELETE", reference, below, operation=operation, kind="/tag/{id}")
            try:
                self._read(call, lambda reply: reply.status)
            except NotFound:
                continue  # the tag, or the object, which shows at the next call

    def _act(self, reference: str, action: str, done: Callable[[R], bool], wait: Wait, body: object = None) -> R:
        """Look first: actions are documented for the states that they lead out of, so others may be refused."""
        seen = self._look(reference, wait)
        return seen if done(seen) else super()._act(reference, action, done, wait, body)
