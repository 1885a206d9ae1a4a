"""Names of the schema and of options: `vmType` in programs of other languages, `vm_type` everywhere here."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

import pulumi

from pulumi_hyperone.plugin.hints import alternatives, kind


def camel(name: str) -> str:
    """`vmType` of `vm_type`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    """`vm_type` of `vmType`, and of itself."""
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def respelled(spell: Callable[[str], str], hint: Any, value: Any) -> Any:
    """`value`, of the type `hint`, with the names of the records in it spelled by `spell`: `snake` or `camel`.

    Keys of maps, such as tags, stay as they are, and so does what is of another type: settings say what is wrong.
    """
    again = partial(respelled, spell)
    if isinstance(value, pulumi.Output):
        return value.apply(partial(again, hint))
    if isinstance(value, float) and value.is_integer():
        return int(value)  # the engine knows no other numbers than floats
    if isinstance(value, list):
        (item,) = _parts(hint, list) or (Any,)
        return [again(item, one) for one in value]
    if not isinstance(value, Mapping):
        return value
    records = [one for one in alternatives(hint) if is_typeddict(one)]
    if not records:
        _, item = _parts(hint, dict) or (Any, Any)
        return {name: again(item, one) for name, one in value.items()}
    record = next((one for one in records if kind(one) in ("", value.get("type"))), None)
    hints = get_type_hints(record) if record else {}
    return {spell(name): again(hints.get(snake(name), Any), one) for name, one in value.items()}


def _parts(hint: Any, kind_of: type) -> tuple[Any, ...]:
    """The types of what is in a list or mapping of the type `hint`; empty when it is none."""
    found = [one for one in alternatives(hint) if issubclass(kind_of, get_origin(one) or type(None))]
    return get_args(found[0]) if found else ()
