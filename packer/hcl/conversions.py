"""Values of HCL: texts, numbers, truth values, null, lists and maps; how they are converted and measured."""

from __future__ import annotations

import re
from typing import Any

from pulumi_hyperone.packer.hcl.deferred import Deferred
from pulumi_hyperone.packer.hcl.nodes import HclError

MAX_VALUE = 200_000
"""Texts (per 64 characters), numbers and the like that one value may hold."""

MAX_TEXT = 4_194_304
"""Characters one text may have."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?")


def kind(value: Any) -> str:
    """Return what a value is, in HCL's words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "bool"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, str | Deferred):
        return "string"
    return "list" if isinstance(value, list) else "object"


def number(value: int | float) -> int | float:
    """Return a number with whole ones as int. Raises HclError when it is too large."""
    if isinstance(value, float):
        if value != value or abs(value) > 1e300:  # noqa: PLR0124 - only NaN differs from itself
            raise HclError("the number is too large")
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if abs(value) > 10**40:
        raise HclError("the number is too large")
    return value


def to_text(value: Any) -> str | Deferred:
    """Convert to a text. Raises HclError for null, lists and maps."""
    if isinstance(value, str | Deferred):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    raise HclError(f"expected a string, not {_article(value)}")


def to_number(value: Any) -> int | float:
    """Convert to a number. Raises HclError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and len(value) <= 60 and _NUMBER.fullmatch(value):
        return number(int(value)) if re.fullmatch(r"[+-]?\d+", value) else number(float(value))
    raise HclError(f"expected a number, not {_article(value)}")


def to_whole(value: Any) -> int:
    """Convert to a whole number. Raises HclError."""
    converted = to_number(value)
    if isinstance(converted, float) and not converted.is_integer():
        raise HclError("expected a whole number")
    return int(converted)


def to_bool(value: Any) -> bool:
    """Convert to a truth value. Raises HclError."""
    if isinstance(value, bool):
        return value
    if value in ("true", "1"):
        return True
    if value in ("false", "0"):
        return False
    raise HclError(f"expected true or false, not {_article(value)}")


def to_list(value: Any) -> list[Any]:
    """Return a list. Raises HclError for anything else."""
    if isinstance(value, list):
        return value
    raise HclError(f"expected a list, not {_article(value)}")


def to_map(value: Any) -> dict[str, Any]:
    """Return a map. Raises HclError for anything else."""
    if isinstance(value, dict):
        return value
    raise HclError(f"expected a map, not {_article(value)}")


def same(left: Any, right: Any) -> bool:
    """Compare as HCL does: values of different kinds differ."""
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return kind(left) == kind(right) and bool(left == right)


def weigh(value: Any) -> int:
    """Return how large a value is, in pieces. Raises HclError when it is larger than MAX_VALUE."""
    weight, left = 0, [value]
    while left:
        item = left.pop()
        weight += 1 + (len(item) // 64 if isinstance(item, str) else 0)
        if isinstance(item, list):
            left += item
        elif isinstance(item, dict):
            left += item.values()
        if weight > MAX_VALUE or len(left) > MAX_VALUE or (isinstance(item, str) and len(item) > MAX_TEXT):
            raise HclError("the value is too large")
    return weight


def distinct(items: list[Any]) -> list[Any]:
    """Return the items without repetitions, in order."""
    seen: dict[str, Any] = {}
    for item in items:
        seen.setdefault(repr(item) if not isinstance(item, bool) else f"bool {item}", item)
    return list(seen.values())


def _article(value: Any) -> str:
    name = kind(value)
    return name if name == "null" else f"an {name}" if name[0] in "aeiou" else f"a {name}"
