"""Reading single values out of replies, tolerant of the variants that API facts 1.2 and 5 list."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.foundation.outside_text import decode_json

Json = Mapping[str, Any]


def as_mapping(value: object) -> Json:
    """Take an object as it is, decode a JSON text of one, make anything else the empty mapping."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        try:
            value = decode_json(value)
        except ValueError:
            return {}
    return value if isinstance(value, Mapping) else {}


def text(value: object) -> str:
    """Make a scalar a text; None, lists and objects the empty text."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) else ""


def number(value: object) -> float | None:
    """Read a number, also from a numeric text; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def reference(value: object) -> str:
    """Take the id out of a reference: a plain id, or an object with `id` or `_id`."""
    if isinstance(value, Mapping):
        return text(value.get("id") or value.get("_id"))
    return text(value)


def items(value: object) -> list[Any]:
    """Take a list as it is, everything else as the empty list."""
    return value if isinstance(value, list) else []


def tags(value: object) -> dict[str, str]:
    """Read a tag map with every value as text."""
    return {str(key): text(item) for key, item in as_mapping(value).items()}
