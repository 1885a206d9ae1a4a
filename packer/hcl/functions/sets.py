"""Functions on sets, which are lists without repetitions here."""

from __future__ import annotations

import itertools
import math
from typing import Any

from pulumi_hyperone.packer.hcl.conversions import MAX_VALUE, distinct, to_bool, to_list, to_map, to_number, to_text
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function
from pulumi_hyperone.packer.hcl.nodes import HclError


def _known(items: list[Any]) -> set[str]:
    return {repr(item) for item in items}


@function("setunion")
def _setunion(_: Surroundings, *sets: Any) -> list[Any]:
    return distinct([item for one in sets for item in to_list(one)])


@function("setintersection")
def _setintersection(_: Surroundings, first: Any, *others: Any) -> list[Any]:
    known = [_known(to_list(other)) for other in others]
    return [item for item in distinct(to_list(first)) if all(repr(item) in one for one in known)]


@function("setsubtract")
def _setsubtract(_: Surroundings, first: Any, other: Any) -> list[Any]:
    known = _known(to_list(other))
    return [item for item in distinct(to_list(first)) if repr(item) not in known]


@function("setproduct", takes_deferred=True)
def _setproduct(_: Surroundings, *sets: Any) -> list[Any]:
    if math.prod(len(to_list(one)) for one in sets) * max(len(sets), 1) > MAX_VALUE:
        raise HclError("the product is too large")
    return [list(row) for row in itertools.product(*sets)]


@function("toset")
def _toset(_: Surroundings, value: Any) -> list[Any]:
    return distinct(to_list(value))


@function("tolist", takes_deferred=True)
def _tolist(_: Surroundings, value: Any) -> list[Any]:
    return to_list(value)


@function("tomap", takes_deferred=True)
def _tomap(_: Surroundings, value: Any) -> dict[str, Any]:
    return to_map(value)


@function("tostring", takes_deferred=True)
def _tostring(_: Surroundings, value: Any) -> Any:
    return None if value is None else to_text(value)


@function("tonumber")
def _tonumber(_: Surroundings, value: Any) -> Any:
    return None if value is None else to_number(value)


@function("tobool")
def _tobool(_: Surroundings, value: Any) -> Any:
    return None if value is None else to_bool(value)
