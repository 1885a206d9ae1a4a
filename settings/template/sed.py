"""The `s` command of sed."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pulumi_hyperone.settings.template.regex import Expression, Match, compile_expression, matches

MAX_COMMANDS = 16
"""Commands one expression may have."""

_FLAGS = re.compile(r"[gi0-9]*")


@dataclass(frozen=True)
class _Substitution:
    expression: Expression
    replacement: str
    first: int
    every: bool

    def apply(self, line: str) -> str:
        written: list[str] = []
        position = 0
        for number, match in enumerate(matches(self.expression, line), 1):
            if number < self.first:
                continue
            written += [line[position : match.start()], self._expand(match)]
            position = match.end()
            if not self.every:
                break
        return "".join([*written, line[position:]])

    def _expand(self, match: Match) -> str:
        def one(part: re.Match[str]) -> str:
            if part.group() == "&":
                return match.group() or ""
            letter = part.group()[1]
            if letter.isdecimal():
                return match.group(int(letter)) or ""
            return {"n": "\n", "t": "\t"}.get(letter, letter)

        return re.sub(r"&|\\.", one, self.replacement, flags=re.DOTALL)


def sed(script: str, text: str) -> str:
    """Apply `s/expression/replacement/flags` commands (any delimiter; flags g, i, a number) to each line of `text`.

    Raises ValueError for other commands and for expressions RE2 does not take.
    """
    commands: list[_Substitution] = []
    rest = script.strip(" \t\n;")
    while rest:
        if len(commands) == MAX_COMMANDS:
            raise ValueError(f"a sed expression may have at most {MAX_COMMANDS} commands")
        command, rest = _command(rest)
        commands.append(command)
        rest = rest.lstrip(" \t\n;")
    lines = text.split("\n")
    for command in commands:
        lines = [command.apply(line) for line in lines]
    return "\n".join(lines)


def _command(script: str) -> tuple[_Substitution, str]:
    if len(script) < 2 or script[0] != "s" or script[1].isalnum() or script[1] in "\\\n":
        raise ValueError("of sed only the substitution s/expression/replacement/flags is supported")
    delimiter = script[1]
    expression, position = _part(script, 2, delimiter)
    replacement, position = _part(script, position, delimiter)
    found = _FLAGS.match(script, position)
    flags = found.group() if found else ""
    rest = script[position + len(flags) :]
    if rest and rest[0] not in " \t\n;":
        raise ValueError(f"{rest[0]!r} is not a supported flag of a sed substitution (g, i, a number)")
    compiled = compile_expression(expression, ignore_case="i" in flags)
    wanted = max((int(digit) for digit in re.findall(r"\\([0-9])", replacement)), default=0)
    if wanted > compiled.groups:
        raise ValueError(f"the replacement uses \\{wanted}, the expression has {compiled.groups} groups")
    number = "".join(filter(str.isdecimal, flags))[:6]
    return _Substitution(compiled, replacement, int(number or 1), "g" in flags), rest


def _part(script: str, position: int, delimiter: str) -> tuple[str, int]:
    """Return the text up to the next delimiter, and where the following part begins."""
    written: list[str] = []
    while position < len(script):
        character = script[position]
        if character == delimiter:
            return "".join(written), position + 1
        if character == "\\" and position + 1 < len(script):
            following = script[position + 1]
            written.append(following if following == delimiter else character + following)
            position += 2
            continue
        written.append(character)
        position += 1
    raise ValueError(f"the substitution is not closed with {delimiter!r}")
