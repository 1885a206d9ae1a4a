"""Values that a preview does not know yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pulumi.output import Unknown
from pulumi.runtime.rpc import UNKNOWN


def is_known(value: Any) -> bool:
    """Whether nothing in `value` is still to be computed (previews hold such markers)."""
    if isinstance(value, Mapping):
        return all(is_known(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(is_known(item) for item in value)
    return not isinstance(value, Unknown) and bool(value != UNKNOWN)


def same(old: Any, new: Any) -> bool:
    """Whether two property values mean the same; null entries count as absent."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = {*old, *new}
        return all(same(old.get(key), new.get(key)) for key in keys)
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(same(a, b) for a, b in zip(old, new, strict=True))
    return bool(old == new)
