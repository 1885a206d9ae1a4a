"""Cuts a template into text and actions, and an action into tokens, as Go's text/template does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pulumi_hyperone.settings.template.errors import TemplateError, TemplateFault, fault_at

MAX_TEXT = 1_048_576
"""Characters a template may have."""

MAX_ACTIONS = 10_000
"""Actions a template may have."""

_BLANK = " \t\r\n"
_TOKEN = re.compile(
    r"""(?P<space>[ \t\r\n]+)
      | (?P<raw>`[^`]*`)
      | (?P<quoted>"(?:[^"\\\n]|\\.)*")
      | (?P<char>'(?:[^'\\\n]|\\.)+')
      | (?P<number>[+-]?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.]))
      | (?P<field>(?:\.[A-Za-z_]\w*)+)
      | (?P<dot>\.(?![\w.]))
      | (?P<name>[A-Za-z_]\w*)
      | (?P<variable>\$\w*)
      | (?P<assign>:?=)
      | (?P<pipe>\|)
      | (?P<open>\()
      | (?P<close>\))
      | (?P<comma>,)""",
    re.VERBOSE,
)
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"', "'": "'"}
_ESCAPE = re.compile(
    r"\\(?:x(?P<x>[0-9a-fA-F]{2})|u(?P<u>[0-9a-fA-F]{4})|U(?P<U>[0-9a-fA-F]{8})|(?P<o>[0-7]{3})|(?P<c>[abfnrtv\\\"'])|(?P<bad>.?))",
    re.DOTALL,
)


class Token(NamedTuple):
    """One token of an action; for texts `value` is the unquoted text."""

    kind: str
    value: str
    offset: int


class Piece(NamedTuple):
    """A stretch of plain text (`tokens` is None) or an action with its tokens (none for a comment)."""

    text: str
    tokens: tuple[Token, ...] | None
    offset: int
    end: int


def pieces(source: str) -> Iterator[Piece]:
    """Yield text and actions of `source` in order, trim markers applied. Raises TemplateError."""
    if len(source) > MAX_TEXT:
        raise TemplateError([fault_at(source, 0, f"the template is longer than {MAX_TEXT} characters", end=0)])
    position, trim_next, count = 0, False, 0
    while True:
        start = source.find("{{", position)
        text = source[position:] if start < 0 else source[position:start]
        text = text.lstrip(_BLANK) if trim_next else text
        if start < 0:
            if text:
                yield Piece(text, None, position, len(source))
            return
        count += 1
        if count > MAX_ACTIONS:
            raise TemplateError([fault_at(source, start, f"the template has more than {MAX_ACTIONS} actions")])
        inner = start + 2
        if source.startswith("-", inner) and source[inner + 1 : inner + 2] in tuple(_BLANK):
            text, inner = text.rstrip(_BLANK), inner + 1
        if text:
            yield Piece(text, None, position, start)
        tokens, end, trim_next = _action(source, start, inner)
        yield Piece("", tokens, start, end)
        position = end


def _action(source: str, start: int, position: int) -> tuple[tuple[Token, ...], int, bool]:
    """Return the tokens of the action at `start`, where it ends, and whether it trims the text behind it."""
    comment = _comment(source, start, position)
    if comment is not None:
        return comment
    tokens: list[Token] = []
    while True:
        blank = position > start + 2 and source[position - 1] in _BLANK
        if blank and source.startswith("-}}", position):
            return tuple(tokens), position + 3, True
        if source.startswith("}}", position):
            return tuple(tokens), position + 2, False
        match = _TOKEN.match(source, position)
        if match is None:
            raise TemplateError([_bad_token(source, start, position)])
        if match.lastgroup != "space":
            tokens.append(_token(source, match))
        position = match.end()


def _comment(source: str, start: int, position: int) -> tuple[tuple[Token, ...], int, bool] | None:
    while source[position : position + 1] in tuple(_BLANK):
        position += 1
    if not source.startswith("/*", position):
        return None
    closing = source.find("*/", position + 2)
    if closing < 0:
        raise TemplateError([fault_at(source, start, "the comment is not closed with */}}")])
    rest = re.compile(r"(?P<trim>[ \t\r\n]+-)?\}\}").match(source, closing + 2)
    if rest is None:
        raise TemplateError([fault_at(source, start, "a comment must be alone in its action: {{/* text */}}")])
    return (), rest.end(), rest["trim"] is not None


def _bad_token(source: str, start: int, position: int) -> TemplateFault:
    rest = source[position : position + 1]
    message = {
        "": "the action is not closed with }}",
        "`": "unterminated string: the closing backtick is missing",
        '"': 'unterminated string: the closing quote (") is missing',
        "'": "unterminated character: the closing quote (') is missing",
        "}": "an action closes with }}, not with }",
    }.get(rest, f"unexpected {rest!r} in an action")
    return fault_at(source, position if rest not in {"", "}"} else start, message)


def _token(source: str, match: re.Match[str]) -> Token:
    kind, value = str(match.lastgroup), match.group()
    if kind == "raw":
        return Token("text", value[1:-1].replace("\r", ""), match.start())
    if kind == "quoted":
        return Token("text", _unquote(source, match), match.start())
    if kind == "char":
        character = _unquote(source, match)
        if len(character) != 1:
            message = "single quotes hold a single character; use backticks or double quotes for a string"
            raise TemplateError([fault_at(source, match.start(), message, match.end())])
        return Token("number", str(ord(character)), match.start())
    return Token(kind, value, match.start())


def _unquote(source: str, match: re.Match[str]) -> str:
    def one(escape: re.Match[str]) -> str:
        if escape["c"]:
            return _ESCAPES[escape["c"]]
        digits = escape["x"] or escape["u"] or escape["U"]
        code = int(digits, 16) if digits else int(escape["o"], 8) if escape["o"] else -1
        if not 0 <= code <= 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            message = f"{escape.group()!r} is not an escape sequence of Go"
            raise TemplateError([fault_at(source, match.start() + 1 + escape.start(), message, match.end())])
        return chr(code)

    return _ESCAPE.sub(one, match.group()[1:-1])
