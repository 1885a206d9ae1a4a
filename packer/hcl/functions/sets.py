"""Functions on sets, which are lists without repetitions here."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

from pulumi_hyperone.packer.hcl.conversions import MAX_VALUE, distinct, to_bool, to_list, to_map, to_number, to_text
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function, functions
from pulumi_hyperone.packer.hcl.nodes import HclError


def _known(items: list[Any]) -> set[str]:
    return {repr(item) for item in items}


def _without(items: list[Any], other: list[Any]) -> list[Any]:
    known = _known(other)
    return [item for item in distinct(items) if repr(item) not in known]


functions(
    to_list,
    {
        "setunion": lambda *sets: distinct([item for items in sets for item in items]),
        "setsubtract": _without,
        "toset": distinct,
    },
)
functions(to_list, {"tolist": lambda items: items}, takes_deferred=True)
functions(to_map, {"tomap": lambda items: items}, takes_deferred=True)


def _or_null(convert: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else convert(value)


functions(_or_null(to_text), {"tostring": lambda value: value}, takes_deferred=True)
functions(_or_null(to_number), {"tonumber": lambda value: value})
functions(_or_null(to_bool), {"tobool": lambda value: value})


@function("setintersection")
def _setintersection(_: Surroundings, first: Any, *others: Any) -> list[Any]:
    known = [_known(to_list(other)) for other in others]
    return [item for item in distinct(to_list(first)) if all(repr(item) in one for one in known)]


@function("setproduct", takes_deferred=True)
def _setproduct(_: Surroundings, *sets: Any) -> list[Any]:
    if math.prod(len(to_list(one)) for one in sets) * max(len(sets), 1) > MAX_VALUE:
        raise HclError("the product is too large")
    return [list(row) for row in itertools.product(*sets)]
