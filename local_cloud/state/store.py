"""The one place that touches SQLite: documents in memory, written through to the file.

Every part of the server shares the same objects, and all of it runs in one event loop, so a change is made on the
object and then saved; no copy can grow stale.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections import deque
from pathlib import Path
from typing import Any, TypeVar

from pulumi_hyperone.local_cloud.state.index import Index
from pulumi_hyperone.local_cloud.state.records import DOCUMENTS, Document, Ip, Netadp

D = TypeVar("D", bound=Document)

SCHEMA = """
CREATE TABLE IF NOT EXISTS document (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, type TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, UNIQUE (type, id)
);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
REMEMBERED_REMOVALS = 500
INDEXED: dict[type[Document], str] = {Ip: "netadp", Netadp: "vm"}
"""The fields that `having` finds documents by."""


class Store:
    """All documents of one cloud, in the order in which they were made."""

    def __init__(self, path: Path) -> None:
        """Open or create the file at `path`."""
        self._connection = sqlite3.connect(path, isolation_level=None)
        path.chmod(0o600)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.execute("PRAGMA secure_delete=ON")  # user data and tokens may be secret
        self._connection.executescript(SCHEMA)
        self._documents: dict[type[Document], dict[str, Document]] = {kind: {} for kind in DOCUMENTS}
        self._indexes = {kind: Index(field) for kind, field in INDEXED.items()}
        self.removed: deque[tuple[float, Document]] = deque(maxlen=REMEMBERED_REMOVALS)
        kinds = {kind.__name__: kind for kind in DOCUMENTS}
        for name, body in self._connection.execute("SELECT type, body FROM document ORDER BY seq"):
            document = kinds[name].model_validate_json(body)
            self._keep(document)

    def _keep(self, document: Document) -> None:
        self._documents[type(document)][document.id] = document
        if type(document) in self._indexes:
            self._indexes[type(document)].put(document)

    def get(self, kind: type[D], document_id: str) -> D | None:
        """The document with this id, or None."""
        found = self._documents[kind].get(document_id)
        return found if isinstance(found, kind) else None

    def all(self, kind: type[D]) -> list[D]:
        """All documents of a kind, oldest first."""
        return [document for document in self._documents[kind].values() if isinstance(document, kind)]

    def having(self, kind: type[D], value: str) -> list[D]:
        """The documents of a kind whose field of `INDEXED` was saved with this value, oldest first."""
        return [document for document in self._indexes[kind].having(value) if isinstance(document, kind)]

    def save(self, *documents: Document) -> None:
        """Add or update documents, all of them or none."""
        bodies = [document.model_dump_json() for document in documents]
        with self._transaction():
            for document, body in zip(documents, bodies, strict=True):
                self._keep(document)
                self._connection.execute(
                    "INSERT INTO document (type, id, body) VALUES (?, ?, ?) "
                    "ON CONFLICT (type, id) DO UPDATE SET body = excluded.body",
                    (type(document).__name__, document.id, body),
                )

    def remove(self, *documents: Document) -> None:
        """Forget documents; those not stored are passed over."""
        with self._transaction():
            for document in documents:
                if self._documents[type(document)].pop(document.id, None) is None:
                    continue
                if type(document) in self._indexes:
                    self._indexes[type(document)].drop(document)
                self.removed.append((time.time(), document))
                self._connection.execute(
                    "DELETE FROM document WHERE type = ? AND id = ?", (type(document).__name__, document.id)
                )

    def has(self, document: Document) -> bool:
        """Whether the document is stored (still)."""
        return self._documents[type(document)].get(document.id) is document

    def setting(self, name: str) -> Any:
        """A setting of this cloud, or None."""
        row = self._connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def set_setting(self, name: str, value: Any) -> None:
        """Remember a setting (anything that JSON can hold)."""
        self._connection.execute(
            "INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, json.dumps(value)),
        )

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _transaction(self) -> sqlite3.Connection:
        self._connection.execute("BEGIN")
        return self._connection
