"""`$limit` and `$skip` of long lists (API facts 1.5; of v2 1.6)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

Limit = Annotated[int | None, Query(alias="$limit", ge=0)]
Skip = Annotated[int, Query(alias="$skip", ge=0)]


def page(items: list[Any], limit: int | None, skip: int) -> list[Any]:
    """The part of a list that `$limit` and `$skip` ask for."""
    rest = items[skip:]
    return rest if limit is None else rest[:limit]
