"""Reads JSON and remembers where every value stands; finds duplicate keys."""

from __future__ import annotations

import json
import re

from pulumi_hyperone.packer.located import Lines, Located
from pulumi_hyperone.packer.result import Findings

MAX_DEPTH = 64
"""How deep lists and maps may be nested."""

MAX_VALUES = 200_000
"""Values one file may hold."""

_BLANK = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WORD = re.compile(r"[A-Za-z_]+")
_WORDS = {"true": True, "false": False, "null": None}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class _Broken(Exception):
    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset


def read_json(file: str, text: str, findings: Findings) -> Located | None:
    """Return the value that `text` holds, None when it is not JSON; faults go to `findings`."""
    reader = _Reader(file, text, findings)
    try:
        return reader.whole()
    except _Broken as broken:
        findings.fault(reader.lines.place(broken.offset), str(broken))
        return None


class _Reader:
    def __init__(self, file: str, text: str, findings: Findings) -> None:
        self.lines = Lines(file, text)
        self._text = text
        self._findings = findings
        self._position = 0
        self._count = 0

    def whole(self) -> Located:
        """Read one value and nothing behind it."""
        value = self._value(1)
        if self._next():
            raise _Broken(self._position, "unexpected text after the JSON value")
        return value

    def _next(self) -> str:
        blank = _BLANK.match(self._text, self._position)
        self._position = blank.end() if blank else self._position
        return self._text[self._position : self._position + 1]

    def _value(self, depth: int) -> Located:
        first, start = self._next(), self._position
        self._count += 1
        if depth > MAX_DEPTH or self._count > MAX_VALUES:
            limit = f"nested deeper than {MAX_DEPTH}" if depth > MAX_DEPTH else f"more than {MAX_VALUES}"
            raise _Broken(start, f"values are {limit}")
        place = self.lines.place(start)
        if first == "{":
            return Located(self._map(depth), place)
        if first == "[":
            return Located(self._list(depth), place)
        if first == '"':
            return Located(self._string(), place)
        return Located(self._number() if first in "-0123456789" and first else self._word(), place)

    def _word(self) -> bool | None:
        word = _WORD.match(self._text, self._position)
        if word is None or word.group() not in _WORDS:
            found = word.group() if word else self._text[self._position : self._position + 1]
            message = f"expected a JSON value, not {found!r}" if found else "unexpected end of file"
            raise _Broken(self._position, message)
        self._position = word.end()
        return _WORDS[word.group()]

    def _number(self) -> int | float:
        number = _NUMBER.match(self._text, self._position)
        if number is None or len(number.group()) > 40:
            raise _Broken(self._position, "not a JSON number")
        self._position = number.end()
        written = number.group()
        return int(written) if re.fullmatch(r"-?\d+", written) else float(written)

    def _string(self) -> str:
        string = _STRING.match(self._text, self._position)
        if string is None:
            raise _Broken(self._position, self._string_fault())
        self._position = string.end()
        return _LONE_SURROGATE.sub("\ufffd", str(json.loads(string.group())))

    def _string_fault(self) -> str:
        whole = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL).match(self._text, self._position)
        if whole is None:
            return "unterminated string"
        if "\n" in whole.group():
            return "a string cannot span lines: write \\n, and check the closing quote"
        return "the string has a control character or an invalid escape (write \\\\ for a backslash)"

    def _list(self, depth: int) -> list[Located]:
        opened = self._position
        self._position += 1
        items: list[Located] = []
        while (found := self._next()) != "]":
            if not found:
                raise _Broken(opened, 'this is not closed with "]"')
            items.append(self._value(depth + 1))
            self._separator("]", opened)
        self._position += 1
        return items

    def _map(self, depth: int) -> dict[str, Located]:
        opened = self._position
        self._position += 1
        items: dict[str, Located] = {}
        while self._next() != "}":
            start = self._position
            if self._text[start : start + 1] != '"':
                at_end = start >= len(self._text)
                message = 'this is not closed with "}"' if at_end else "expected a key in quotes"
                raise _Broken(opened if at_end else start, message)
            key = self._string()
            if self._next() != ":":
                raise _Broken(self._position, f'expected ":" after the key "{key[:40]}"')
            self._position += 1
            if key in items:
                first = items[key].place
                message = f'duplicate key "{key[:40]}", first on line {first.line}'
                self._findings.fault(self.lines.place(start), message)
            items[key] = self._value(depth + 1)
            self._separator("}", opened)
        self._position += 1
        return items

    def _separator(self, closing: str, opened: int) -> None:
        """Step over the comma between two items."""
        found = self._next()
        if found == closing:
            return
        if found != ",":
            if not found:
                raise _Broken(opened, f'this is not closed with "{closing}"')
            raise _Broken(self._position, f'expected "," or "{closing}"')
        comma = self._position
        self._position += 1
        if self._next() == closing:
            raise _Broken(comma, "JSON allows no comma before a closing bracket")
