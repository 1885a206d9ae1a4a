"""Functions on texts."""

from __future__ import annotations

import re
from typing import Any

from pulumi_hyperone.packer.hcl.conversions import MAX_TEXT, to_list, to_text, to_whole
from pulumi_hyperone.packer.hcl.deferred import joined
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function, functions
from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.settings.template.regex import Expression, Match, compile_expression, matches

_GROUP = re.compile(r"\$(?:(\d{1,2})|\{(\w+)\}|\$)")


def text_of(value: Any) -> str:
    """Return a value as a text that is known now."""
    return str(to_text(value))


def limited(length: int) -> None:
    """Refuse results that are too long before they are made."""
    if length > MAX_TEXT:
        raise HclError("the text is too large")


functions(
    text_of,
    {
        "upper": lambda text: text.upper(),
        "lower": lambda text: text.lower(),
        "title": lambda text: re.sub(r"(?<![^\W_])[^\W\d_]", lambda match: match.group().upper(), text),
        "trimspace": lambda text: text.strip(),
        "chomp": lambda text: text.rstrip("\r\n"),
        "strrev": lambda text: text[::-1],
        "trim": lambda text, characters: text.strip(characters) if characters else text,
        "trimprefix": lambda text, prefix: text.removeprefix(prefix),
        "trimsuffix": lambda text, suffix: text.removesuffix(suffix),
        "startswith": lambda text, prefix: text.startswith(prefix),
        "endswith": lambda text, suffix: text.endswith(suffix),
        "strcontains": lambda text, part: part in text,
        "split": lambda separator, text: text.split(separator) if separator else list(text),
        "regex_replace": lambda text, pattern, by: _substituted(pattern, text, by),
    },
)


@function("indent")
def _indent(_: Surroundings, spaces: Any, text: Any) -> str:
    count, written = to_whole(spaces), text_of(text)
    limited(len(written) + written.count("\n") * max(count, 0))
    return written.replace("\n", "\n" + " " * count)


@function("substr")
def _substr(_: Surroundings, text: Any, offset: Any, length: Any) -> str:
    written, start, count = text_of(text), to_whole(offset), to_whole(length)
    start = len(written) + start if start < 0 else start
    return written[max(start, 0) :] if count == -1 else written[max(start, 0) : max(start, 0) + max(count, 0)]


@function("join", takes_deferred=True)
def _join(_: Surroundings, separator: Any, *lists: Any) -> Any:
    items = [to_text(item) for one in lists for item in to_list(one)]
    between = to_text(separator)
    written = [part for item in items for part in (between, item)][1:]
    limited(sum(len(part) for part in written if isinstance(part, str)))
    return joined(written)


def _expression(pattern: Any) -> Expression:
    try:
        return compile_expression(text_of(pattern))
    except ValueError as error:
        raise HclError(str(error)) from None


@function("replace")
def _replace(_: Surroundings, text: Any, part: Any, by: Any) -> str:
    written, old, new = text_of(text), text_of(part), text_of(by)
    if len(old) >= 2 and old.startswith("/") and old.endswith("/"):
        return _substituted(old[1:-1], written, new)
    limited(len(written) + (written.count(old) if old else len(written) + 1) * len(new))
    return written.replace(old, new)


def _substituted(pattern: str, text: str, by: str) -> str:
    expression = _expression(pattern)
    written: list[str] = []
    position = length = 0
    for match in matches(expression, text):
        piece = _expanded(expression, match, by)
        length += len(piece) + match.start() - position
        limited(length)
        written += [text[position : match.start()], piece]
        position = match.end()
    return "".join([*written, text[position:]])


def _expanded(expression: Expression, match: Match, by: str) -> str:
    def one(reference: re.Match[str]) -> str:
        if reference.group() == "$$":
            return "$"
        name = reference[1] or reference[2]
        index = int(name) if name.isdecimal() else expression.groupindex.get(name, -1)
        return (match.group(index) or "") if 0 <= index <= expression.groups else ""

    return _GROUP.sub(one, by)


def _captured(expression: Expression, match: Match) -> Any:
    if not expression.groups:
        return match.group()
    groups = list(match.groups())
    if expression.groupindex:
        return {name: groups[index - 1] for name, index in expression.groupindex.items()}
    return groups


@function("regex")
def _regex(_: Surroundings, pattern: Any, text: Any) -> Any:
    expression = _expression(pattern)
    for match in matches(expression, text_of(text)):
        return _captured(expression, match)
    raise HclError("the expression does not match the text")


@function("regexall")
def _regexall(_: Surroundings, pattern: Any, text: Any) -> list[Any]:
    expression = _expression(pattern)
    return [_captured(expression, match) for match in matches(expression, text_of(text))]
