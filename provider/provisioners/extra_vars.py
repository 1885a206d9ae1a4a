"""Extra variables of Ansible in a private file: a command line can be read by every user of this computer."""

from __future__ import annotations

import json
import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

_OPTION = re.compile(r"(--extra-vars)(?:=(.*))?|(-e)(.+)?", re.DOTALL)
_UNCLEAR = re.compile(r"\\|\{\{|\{%")


def hidden(arguments: Sequence[str], folder: Path) -> list[str]:
    """Return the arguments with the values of `-e` and `--extra-vars` in files in `folder`, as Ansible would read them.

    `@FILE` stays. So does `name=value` with a backslash or a template in it, which only Ansible itself can read.
    """
    found: list[str] = []
    left = list(arguments)
    while left:
        argument = left.pop(0)
        option = _OPTION.fullmatch(argument)
        if option is None or (option[2] is None and option[4] is None and not left):
            found.append(argument)
            continue
        value = next((given for given in (option[2], option[4]) if given is not None), None)
        value = left.pop(0) if value is None else value
        found += [option[1] or option[3], _file(value, folder / f"extra_vars_{len(found)}") or value]
    return found


def _file(value: str, path: Path) -> str | None:
    """Write the value of one option to a file that only its owner can read; None when it has to stay as it is."""
    content = value if value[:1] in ("{", "[") else _as_json(value)
    if value.startswith("@") or content is None:
        return None
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(content)
    return f"@{path}"


def _as_json(pairs: str) -> str | None:
    if _UNCLEAR.search(pairs):
        return None
    try:
        words = [word.partition("=") for word in shlex.split(pairs)]
    except ValueError:
        return None
    if not words or not all(name and sign for name, sign, _ in words):
        return None
    return json.dumps({name: value for name, _, value in words})
