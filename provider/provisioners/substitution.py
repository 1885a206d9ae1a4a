"""The `{{ .Name }}` of Packer's run-time texts, and nothing more: all else was rendered before it came here."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

_ACTION = re.compile(r"\{\{-?\s*\.(\w+)\s*-?\}\}")
_ANY_ACTION = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


def substitute(text: str, values: Mapping[str, str]) -> str:
    """Put values in the place of `{{.Name}}`; what is put in is not looked at again. Unknown names raise KeyError."""
    return _ACTION.sub(lambda action: values[action[1]], text)


def unknown_actions(text: str, known: Collection[str]) -> list[str]:
    """Return the template actions in `text` that `substitute` could not fill in, unfinished ones included."""
    found = [
        action[0]
        for action in _ANY_ACTION.finditer(text)
        if not (name := _ACTION.fullmatch(action[0])) or name[1] not in known
    ]
    _, unfinished, rest = _ANY_ACTION.sub("", text).partition("{{")
    return [*found, unfinished + rest] if unfinished else found
