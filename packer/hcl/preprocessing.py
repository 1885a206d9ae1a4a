"""Prepares the text of an HCL file for the parser: takes out heredocs, bounds nesting.

The parser's own patterns for heredocs take quadratic time on hostile text; here they are found line by line.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.packer.located import Lines

MAX_DEPTH = 60
"""How deep brackets, blocks and interpolations may be nested."""

PLACEHOLDER = "heredoc__"

_HEREDOC = re.compile(r"<<(?P<flush>-?)(?P<marker>[A-Za-z_][A-Za-z0-9._-]*)[ \t]*\r?\n")
_PLAIN_CODE = re.compile(r'[^"#/<{}()\[\]]+')
_PLAIN_TEXT = re.compile(r'[^"\\$%\n]+')
_CLOSING = {"{": "}", "(": ")", "[": "]", "${": "}"}


@dataclass(frozen=True)
class Heredoc:
    """The body of a heredoc as written, and the line (from 1) it begins in."""

    body: str
    flush: bool
    line: int


@dataclass
class Prepared:
    """The text for the parser, its heredocs by placeholder, and for each of its lines the line of the file."""

    text: str = ""
    heredocs: dict[str, Heredoc] = field(default_factory=dict)
    lines: list[int] = field(default_factory=lambda: [1])

    def line(self, number: int) -> int:
        """Return the line of the file that a line of the prepared text came from."""
        return self.lines[min(max(number, 1), len(self.lines)) - 1]


def prepare(text: str, lines: Lines) -> Prepared:
    """Return the prepared text. Raises HclError where brackets, texts, comments or heredocs are not closed."""
    scanner = _Scanner(text, lines)
    scanner.run()
    prepared = scanner.prepared
    prepared.text = "".join(scanner.written)
    return prepared


class _Scanner:
    def __init__(self, text: str, lines: Lines) -> None:
        self._text = text
        self._lines = lines
        self._position = 0
        self._line = 1
        self._open: list[tuple[str, int]] = []
        self.written: list[str] = []
        self.prepared = Prepared()

    def run(self) -> None:
        while self._position < len(self._text):
            if self._open and self._open[-1][0] == '"':
                self._in_text()
            else:
                self._in_code()
        if self._open:
            opened, offset = self._open[-1]
            raise HclError(f"this {opened} is not closed", self._lines.place(offset))

    def _emit(self, end: int) -> None:
        piece = self._text[self._position : end]
        self.written.append(piece)
        for _ in range(piece.count("\n")):
            self._line += 1
            self.prepared.lines.append(self._line)
        self._position = end

    def _push(self, opened: str) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise HclError(f"nested deeper than {MAX_DEPTH}", self._lines.place(self._position))
        self._open.append((opened, self._position))
        self._emit(self._position + len(opened))

    def _pop(self, closing: str) -> None:
        if not self._open:
            raise HclError(f"unmatched {closing}", self._lines.place(self._position))
        opened, offset = self._open.pop()
        if _CLOSING.get(opened) != closing:
            raise HclError(f"this {opened} is not closed: {closing} comes first", self._lines.place(offset))
        self._emit(self._position + 1)

    def _in_code(self) -> None:
        text, start = self._text, self._position
        plain = _PLAIN_CODE.match(text, start)
        if plain:
            self._emit(plain.end())
            return
        character = text[start]
        if character == "#" or text.startswith("//", start):
            end = text.find("\n", start)
            self._emit(end if end >= 0 else len(text))
        elif text.startswith("/*", start):
            end = text.find("*/", start + 2)
            if end < 0:
                raise HclError("the comment is not closed with */", self._lines.place(start))
            self._emit(end + 2)
        elif character == "<" and (heredoc := _HEREDOC.match(text, start)):
            self._heredoc(heredoc)
        elif character in '"{([':
            self._push(character)
        elif character in "})]":
            self._pop(character)
        else:
            self._emit(start + 1)

    def _in_text(self) -> None:
        text, start = self._text, self._position
        plain = _PLAIN_TEXT.match(text, start)
        if plain:
            self._emit(plain.end())
        elif text[start] == '"':
            self._open.pop()
            self._emit(start + 1)
        elif text[start] == "\n":
            message = "unterminated string: the closing quote must be on the same line"
            raise HclError(message, self._lines.place(self._open[-1][1]))
        elif text[start] == "\\":
            self._emit(start + 2)
        elif text.startswith(("$${", "%%{"), start):
            self._emit(start + 3)
        elif text.startswith(("${", "%{"), start):
            self._push_interpolation()
        else:
            self._emit(start + 1)

    def _push_interpolation(self) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise HclError(f"nested deeper than {MAX_DEPTH}", self._lines.place(self._position))
        self._open.append(("${", self._position))
        self._emit(self._position + 2)

    def _heredoc(self, opening: re.Match[str]) -> None:
        marker, position = opening["marker"], opening.end()
        while position < len(self._text):
            end = self._text.find("\n", position)
            end = len(self._text) if end < 0 else end
            if self._text[position:end].strip() == marker:
                break
            position = end + 1
        else:
            raise HclError(f"the heredoc is not closed with {marker}", self._lines.place(opening.start()))
        body = self._text[opening.end() : position]
        name = f"{PLACEHOLDER}{len(self.prepared.heredocs)}"
        self.prepared.heredocs[name] = Heredoc(body.replace("\r\n", "\n"), bool(opening["flush"]), self._line + 1)
        self.written.append(f"{name}\n")
        self._line += body.count("\n") + 2
        self.prepared.lines.append(self._line)
        self._position = min(end + 1, len(self._text))
