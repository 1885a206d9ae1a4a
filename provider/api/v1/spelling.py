"""What v1 spells the same way for all nouns: tag filters, tags, histories."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pulumi_hyperone.provider.api.http.calls import segment
from pulumi_hyperone.provider.api.http.collection import Collection, R, Readable
from pulumi_hyperone.provider.api.v1.replies import replies
from pulumi_hyperone.provider.foundation.errors import NotFound


class Spelled(Readable[R]):
    """Reading in v1."""

    _event = staticmethod(replies.event)
    history: ClassVar[str] = "/queue"

    def _history_command(self, identity: str) -> str:
        return f"h1 {self.noun} history --{self.noun} {identity}"

    def _tag_filter(self, tags: Mapping[str, str]) -> dict[str, str]:
        return {f"tag[{key}]": value for key, value in tags.items()}


class Tagged(Spelled[R], Collection[R]):
    """Tags in v1: a map, changed by PATCH and by DELETE of a key (API facts 1.5)."""

    def add_tags(self, reference: str, tags: Mapping[str, str]) -> None:
        """Set these tags and keep the others. Raises NotFound."""
        operation = f"add the tags of {self.noun} {reference}"
        call = self._call("PATCH", reference, "/tag", operation=operation, body=dict(tags))
        self._read(call, lambda reply: reply.mapping())

    def remove_tag(self, reference: str, key: str) -> None:
        """Remove a tag; no error when it is not there. Raises NotFound when the object is not there."""
        below = f"/tag/{segment(key, 'tag')}"
        operation = f"remove tag {key} of {self.noun} {reference}"
        call = self._call("DELETE", reference, below, operation=operation, kind="/tag/{key}")
        try:
            self._read(call, lambda reply: reply.status)
        except NotFound:
            # The tag, or the object: which of the two is not there shows when the object's tags are read.
            read = self._call("GET", reference, "/tag", operation=f"read the tags of {self.noun} {reference}")
            if key in self._read(read, lambda reply: reply.mapping()):
                raise
