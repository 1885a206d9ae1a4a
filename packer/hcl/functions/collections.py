"""Functions on lists and maps."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.packer.hcl.conversions import (
    MAX_VALUE,
    distinct,
    kind,
    number,
    same,
    to_bool,
    to_list,
    to_map,
    to_number,
    to_text,
    to_whole,
)
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function, functions
from pulumi_hyperone.packer.hcl.nodes import HclError

functions(
    to_list,
    {
        "distinct": distinct,
        "compact": lambda items: [item for item in items if item not in ("", None)],
        "sort": lambda items: sorted(str(to_text(item)) for item in items),
        "sum": lambda items: number(sum(map(to_number, items))),
        "alltrue": lambda items: all(map(to_bool, items)),
        "anytrue": lambda items: any(map(to_bool, items)),
    },
)
functions(
    to_list,
    {
        "concat": lambda *lists: [item for items in lists for item in items],
        "reverse": lambda items: items[::-1],
    },
    takes_deferred=True,
)
functions(
    to_map,
    {
        "keys": lambda items: [key for key, _ in sorted(items.items())],
        "values": lambda items: [item for _, item in sorted(items.items())],
    },
    takes_deferred=True,
)


@function("flatten", takes_deferred=True)
def _flatten(surroundings: Surroundings, value: Any) -> list[Any]:
    return [
        inner
        for item in to_list(value)
        for inner in (_flatten(surroundings, item) if isinstance(item, list) else [item])
    ]


@function("length")
def _length(_: Surroundings, value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise HclError(f"a {kind(value)} has no length")
    return len(value)


@function("element", takes_deferred=True)
def _element(_: Surroundings, value: Any, index: Any) -> Any:
    items = to_list(value)
    if not items:
        raise HclError("the list is empty")
    return items[to_whole(index) % len(items)]


@function("index")
def _index(_: Surroundings, value: Any, item: Any) -> int:
    for position, candidate in enumerate(to_list(value)):
        if same(candidate, item):
            return position
    raise HclError("the list does not contain this element")


@function("slice", takes_deferred=True)
def _slice(_: Surroundings, value: Any, start: Any, end: Any) -> list[Any]:
    items, first, last = to_list(value), to_whole(start), to_whole(end)
    if not 0 <= first <= last <= len(items):
        raise HclError(f"cannot take elements {first} to {last} of a list of {len(items)}")
    return items[first:last]


@function("chunklist", takes_deferred=True)
def _chunklist(_: Surroundings, value: Any, size: Any) -> list[Any]:
    items, count = to_list(value), to_whole(size)
    if count < 0:
        raise HclError("the size must not be negative")
    return [items[at : at + count] for at in range(0, len(items), count)] if count else [items]


@function("range")
def _range(_: Surroundings, first: Any, second: Any = None, third: Any = None) -> list[Any]:
    start, end = (0, to_number(first)) if second is None else (to_number(first), to_number(second))
    step = to_number(third) if third is not None else 1 if end >= start else -1
    if step == 0 or (end - start) / step > MAX_VALUE:
        raise HclError("the range is endless or too long")
    numbers: list[Any] = []
    value = start
    while (value < end) if step > 0 else (value > end):
        numbers.append(number(value))
        value += step
    return numbers


@function("contains")
def _contains(_: Surroundings, value: Any, item: Any) -> bool:
    return any(same(candidate, item) for candidate in to_list(value))


@function("coalesce", takes_deferred=True)
def _coalesce(_: Surroundings, *values: Any) -> Any:
    for value in values:
        if value is not None and value != "":
            return value
    raise HclError("every value is null or empty")


@function("coalescelist", takes_deferred=True)
def _coalescelist(_: Surroundings, *values: Any) -> Any:
    for value in values:
        if value:
            return value
    raise HclError("every list is empty")


@function("lookup", takes_deferred=True)
def _lookup(_: Surroundings, value: Any, key: Any, *default: Any) -> Any:
    items, name = to_map(value), str(to_text(key))
    if name in items:
        return items[name]
    if not default:
        raise HclError(f'the map has no "{name}", and there is no default')
    return default[0]


@function("merge", takes_deferred=True)
def _merge(_: Surroundings, *maps: Any) -> dict[str, Any]:
    return {key: item for one in maps if one is not None for key, item in to_map(one).items()}


@function("zipmap", takes_deferred=True)
def _zipmap(_: Surroundings, keys: Any, values: Any) -> dict[str, Any]:
    names, items = [str(to_text(key)) for key in to_list(keys)], to_list(values)
    if len(names) != len(items):
        raise HclError("there must be as many keys as values")
    return dict(zip(names, items, strict=True))


@function("matchkeys", takes_deferred=True)
def _matchkeys(_: Surroundings, values: Any, keys: Any, wanted: Any) -> list[Any]:
    items, names = to_list(values), to_list(keys)
    if len(items) != len(names):
        raise HclError("there must be as many keys as values")
    searched = to_list(wanted)
    if len(names) * len(searched) > MAX_VALUE * 10:
        raise HclError("the lists are too long")
    return [item for item, name in zip(items, names, strict=True) if any(same(name, one) for one in searched)]
