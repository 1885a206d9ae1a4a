"""What a call is about, by tags: so that a fault can follow one object through everything that happens to it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from pulumi_hyperone.local_cloud.state.records import RESOURCES, Disk, Document, Netadp
from pulumi_hyperone.local_cloud.state.store import Store

#: Filters of v2's lists by the id or path of one object that the items belong to.
NAMING = frozenset(("assigned.id", "associated.netadp", "vm"))


class Subject:
    """The tags of the object that a call makes, reads, changes or lists parts of, and the tags that it filters by."""

    def __init__(self, store: Store, path: str, query: str, body: bytes) -> None:
        """`path` is the one under /v1 or /v2, `query` the raw text behind the question mark."""
        self._store = store
        asked = parse_qsl(query)
        self._segments = path.strip("/").split("/")
        self._segments += [value.rpartition("/")[2] for key, value in asked if key in NAMING]
        self._body = body
        self.filters = {
            key.removeprefix("tag[").removesuffix("]"): value
            for key, value in asked
            if key.startswith("tag[") and key.endswith("]")
        }
        if "tag.key" in dict(asked):
            self.filters[dict(asked)["tag.key"]] = dict(asked).get("tag.value", "")

    @cached_property
    def tags(self) -> list[Mapping[str, str]]:
        """Those that the body sets on a new object, and those of the object in the path."""
        return [tags for tags in (_tags_in(self._body), self._named()) if tags]

    def _named(self) -> Mapping[str, str]:
        """The tags of the first object whose id is in the path or a filter, also of one that is gone.

        Disks and adapters have those of their VM besides their own.
        """
        documents = {document.id: document for document in self._documents()}
        for segment in self._segments:
            document = documents.get(segment)
            if document is not None:
                holder = documents.get(document.vm or "") if isinstance(document, Disk | Netadp) else None
                return {**getattr(holder, "tag", {}), **getattr(document, "tag", {})}
        return {}

    @cached_property
    def filtered(self) -> list[Mapping[str, str]]:
        """The tags of every object, also of one that is gone, that has a tag which the call filters by."""
        known: Iterator[Mapping[str, str]] = (getattr(document, "tag", {}) for document in self._documents())
        return [tags for tags in known if self.filters.items() & tags.items()]

    def _documents(self) -> Iterator[Document]:
        for kind in RESOURCES:
            yield from self._store.all(kind)
        for _, document in reversed(self._store.removed):
            yield document


def _tags_in(body: bytes) -> dict[str, str]:
    """The tags that a body wants to set on a new object."""
    try:
        raw: Any = json.loads(body) if body.strip() else None
    except (ValueError, RecursionError):
        return {}
    tags = raw.get("tag") if isinstance(raw, dict) else None
    if isinstance(tags, list):
        tags = {one["key"]: one.get("value", "") for one in tags if isinstance(one, dict) and "key" in one}
    return {str(key): str(value) for key, value in tags.items()} if isinstance(tags, dict) else {}
