"""What all objects of the cloud share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from pulumi_hyperone.provider.api.decoding import Json, items, reference, tags, text


@dataclass(frozen=True, kw_only=True)
class Event:
    """One entry of an object's queue: state goes pending → processing → finished or error (API facts 1.3)."""

    id: str
    name: str = ""
    state: str = ""
    stage: str = ""
    queued: str = ""

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read an event; `stage` may be a text or an object."""
        stage = raw.get("stage")
        return cls(
            id=reference(raw),
            name=text(raw.get("name")),
            state=text(raw.get("state")),
            stage=json.dumps(stage) if isinstance(stage, Mapping) else text(stage),
            queued=text(raw.get("queued")),
        )


@dataclass(frozen=True, kw_only=True)
class Resource:
    """The fields that every object of the cloud shares. `created_on` is RFC 3339 UTC as the API sends it."""

    id: str
    name: str = ""
    state: str = ""
    processing: bool = False
    flavour: str = ""
    project: str = ""
    created_on: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    access_rights: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    @classmethod
    def from_json(cls, raw: Json) -> Self:
        """Read one object of a reply."""
        return cls(**cls.fields_from(raw))

    @classmethod
    def fields_from(cls, raw: Json) -> dict[str, Any]:
        """Read the shared fields; nouns add their own."""
        return {
            "id": reference(raw),
            "name": text(raw.get("name")),
            "state": text(raw.get("state")),
            "processing": raw.get("processing") is True,
            "flavour": text(raw.get("flavour")),
            "project": reference(raw.get("project")),
            "created_on": text(raw.get("createdOn")),
            "tags": tags(raw.get("tag")),
            "access_rights": tuple(text(right) for right in items(raw.get("accessRights"))),
            "events": tuple(Event.from_json(event) for event in items(raw.get("queue")) if isinstance(event, Mapping)),
        }
