"""The `{{.Name}}` of texts that are finished when they run; all other templates in them were rendered before."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

FIELD = re.compile(r"\{\{-?\s*\.(\w+)\s*-?\}\}")
"""A field; its group is the name."""
_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def fill_fields(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of `{{.Name}}`; what is put in is not looked at again. Unknown names raise KeyError."""
    return FIELD.sub(lambda field: values[field[1]], text)


def unknown_actions(text: str, known: Collection[str]) -> list[str]:
    """Return the template actions in `text` that `fill_fields` could not fill in, unfinished ones included."""
    found = [
        action[0]
        for action in _ACTION.finditer(text)
        if not (name := FIELD.fullmatch(action[0])) or name[1] not in known
    ]
    _, unfinished, rest = _ACTION.sub("", text).partition("{{")
    return [*found, unfinished + rest] if unfinished else found
