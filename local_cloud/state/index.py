"""Documents of one kind by the value of one of their fields, so that nobody has to look through all of them."""

from __future__ import annotations

from itertools import count
from typing import Any

from pulumi_hyperone.local_cloud.state.records import Document


class Index:
    """What each document's field was when it was put in last."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._numbers = count()
        self._places: dict[str, tuple[int, Any]] = {}
        self._documents: dict[Any, dict[str, Document]] = {}

    def put(self, document: Document) -> None:
        """Put a document in, or at its new place."""
        value = getattr(document, self._field)
        known = self._places.get(document.id)
        if known:
            self.drop(document)
        self._places[document.id] = (known[0] if known else next(self._numbers), value)
        self._documents.setdefault(value, {})[document.id] = document

    def drop(self, document: Document) -> None:
        """Take a document out; one that is not in is passed over."""
        place = self._places.pop(document.id, None)
        if place is not None:
            del self._documents[place[1]][document.id]
            if not self._documents[place[1]]:
                del self._documents[place[1]]

    def having(self, value: Any) -> list[Document]:
        """The documents whose field has the value, in the order in which they were put in first."""
        found = self._documents.get(value, {}).values()
        return sorted(found, key=lambda document: self._places[document.id][0])
