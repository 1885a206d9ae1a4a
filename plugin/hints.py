"""The types of options as the plugin reads them."""

from __future__ import annotations

from types import UnionType
from typing import Any, Required, Union, get_args, get_origin, get_type_hints

import pulumi


def alternatives(hint: Any) -> list[Any]:
    """What a value of `hint` may be, each once; outputs of something count as that."""
    origin = get_origin(hint)
    if origin in (Required, pulumi.Output):
        return alternatives(get_args(hint)[0])
    if origin in (Union, UnionType):
        return list(dict.fromkeys(one for part in get_args(hint) for one in alternatives(part)))
    return [hint]


def kind(record: Any) -> str:
    """The value of `type` by which a record is told from others, as those of provisioners are; else empty."""
    hint = get_type_hints(record).get("type")
    return str(get_args(hint)[0]) if hint else ""
