"""Faults of settings: where, and what is wrong, in words for the person who wrote them; never a secret."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pulumi_hyperone.provider.foundation.nearest import did_you_mean

_SHOWN_LENGTH = 60
_HEADING = " faults in the settings:"
_LONGEST = 2000
"""Characters of one message that are shown: what is longer repeats somebody's text."""


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that is wrong: `path` is the option's place in the settings (`images.base.disk_size`)."""

    path: str
    message: str

    def __str__(self) -> str:
        message = self.message
        if len(message) > _LONGEST:
            message = f"{message[:_LONGEST]}... ({len(message)} characters)"
        return f"{self.path}: {message}" if self.path else message


def join_path(path: str, *parts: str | int) -> str:
    """Append names (`.name`) and positions (`[0]`) to a path."""
    for part in parts:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            name = part if re.fullmatch(r"[\w.-]{1,100}", part) else shown(part)
            path = f"{path}.{name}" if path else name
    return path


def below(path: str, place: str) -> str:
    """Return the path of a place, itself a path (`ssh_keys[0]`), below another one."""
    return f"{path}.{place}"


def option_of(path: str) -> str:
    """Return the option that a path below an image begins with: `ssh_keys` of `ssh_keys[0]`."""
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def shown(value: object) -> str:
    """Show a refused value on one short line; containers only by their kind, since secrets may be inside."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return _shorten(number_text(value))
    if isinstance(value, str):
        return repr(_shorten(value)).replace("\\\\", "\\")
    if isinstance(value, Mapping | Sequence | set | frozenset):
        kind = "mapping" if isinstance(value, Mapping) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    return f"a value of type {type(value).__name__}"


def number_text(value: float) -> str:
    """Write 4.0 as 4, and a number too long for Python to write as such."""
    try:
        return repr(int(value) if isinstance(value, float) and value.is_integer() else value)
    except ValueError:
        return "a very large number"


def _shorten(text: str) -> str:
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 3] + "..."


def unknown_option(name: str, known: Iterable[str], old_names: Mapping[str, str] | None = None) -> str:
    """Say that an option is unknown, and name the option that was probably meant."""
    return f"unknown option {shown(name)}{did_you_mean(name, known, old_names)}"


def report(faults: Iterable[Fault]) -> str:
    """Put faults into one text, each once, sorted by path and text (numbers by value); empty without faults."""
    ordered = sorted(set(faults), key=lambda fault: (_sort_key(fault.path), _sort_key(fault.message)))
    if len(ordered) <= 1:
        return "".join(map(str, ordered))
    return "\n".join([f"{len(ordered)}{_HEADING}", *(f"  {fault}" for fault in ordered)])


def joined(reports: Iterable[str]) -> str:
    """One report of several, or of errors of one line."""
    lines = (line.strip() for text in reports for line in text.splitlines() if not line.endswith(_HEADING))
    return report(Fault("", line) for line in lines)


def _sort_key(path: str) -> list[tuple[int, int, str]]:
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.split(r"(\d+)", path) if part]
