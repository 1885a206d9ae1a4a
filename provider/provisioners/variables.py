"""How variables reach a script without a command line, which every user of the computer can read, holding them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from pulumi_hyperone.provider.foundation.fields import FIELD

VARS = "Vars"
FROM_INPUT = """sh -c 'eval "$(cat)"; "$@"' sh"""
"""Stands for `NAME='value' ` in front of a command: takes assignments from standard input, then runs the command."""
_SHELLS = frozenset({"sh", "ash", "bash", "dash", "ksh", "zsh"})
_CHMOD = r"(?:chmod \+x \{\{-?\s*\.Path\s*-?\}\}\s*(?:;|&&)\s*)?"
_WORD = r"(?:[A-Za-z_]\w*=[\w./:-]*|sudo|doas|env|nice|-u\s+\w+|-(?!\w*S)[A-Za-z]+|--)\s+"
_PLAIN = re.compile(rf"\s*{_CHMOD}(?:{_WORD})*")
_USES_INPUT = re.compile(r"<|(?<![&>])&(?!&)")
_BEGINS_COMMAND = re.compile(r"(?:[^'\"`()\\]*[;&|])?\s*")


def can_come_by_input(execute_command: str) -> bool:
    """Whether FROM_INPUT does what `{{.Vars}}` does: in front of a command that reads nothing else.

    Such are `{{.Vars}} {{.Path}}`, `sudo env {{.Vars}} {{.Path}}`, `{{.Vars}} sudo -E bash {{.Path}}`. What stands
    between quotes or in a loop, or has an input of its own (`echo … | sudo -S {{.Vars}} …`), is not.
    """
    places = [field for field in FIELD.finditer(execute_command) if field[1] == VARS]
    if len(places) != 1 or _USES_INPUT.search(execute_command):
        return False
    return _PLAIN.fullmatch(execute_command, 0, places[0].start()) is not None


def without_needless(execute_command: Sequence[str]) -> list[str]:
    """Return the command without the `{{.Vars}}` that begin a command of a shell: its environment has them already."""
    shell, *arguments = execute_command
    if PurePath(shell).name not in _SHELLS or len(arguments) < 2 or not re.fullmatch(r"-\w*c", arguments[-2]):
        return list(execute_command)
    text, kept, position = arguments[-1], "", 0
    for field in FIELD.finditer(text):
        kept += text[position : field.start()]
        position = field.end()
        kept += "" if field[1] == VARS and _BEGINS_COMMAND.fullmatch(text, 0, field.start()) else field[0]
    return [shell, *arguments[:-1], kept + text[position:]]
