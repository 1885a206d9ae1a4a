"""Templates inside HCL texts: escapes, interpolations and directives put together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pulumi_hyperone.packer.hcl.nodes import HclError, Literal, Node, Template, TemplateFor, TemplateIf
from pulumi_hyperone.packer.result import Place

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|(.))", re.DOTALL)
_IF = re.compile(r"\s*if\b(.*)", re.DOTALL)
_FOR = re.compile(r"\s*for\s+([A-Za-z_][\w-]*)\s*(?:,\s*([A-Za-z_][\w-]*)\s*)?\bin\b(.*)", re.DOTALL)


@dataclass(frozen=True)
class Directive:
    """`%{ … }`: kind is if, else, endif, for or endfor; `left` and `right` say that it trims its neighbours."""

    kind: str
    place: Place
    expression: Node | None = None
    names: tuple[str, ...] = ()
    left: bool = False
    right: bool = False


@dataclass(frozen=True)
class Interpolation:
    """`${ … }`."""

    expression: Node
    left: bool = False
    right: bool = False


Part = str | Interpolation | Directive


def unescape(text: str, place: Place) -> str:
    """Resolve the escapes of a quoted text."""

    def one(match: re.Match[str]) -> str:
        digits = match[1] or match[2]
        if digits:
            code = int(digits, 16)
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                raise HclError(f"{match.group()} is not a character", place)
            return chr(code)
        if match[3] not in _ESCAPES:
            raise HclError(f'{match.group()!r} is not an escape sequence of HCL; write "\\\\" for a backslash', place)
        return _ESCAPES[match[3]]

    return _ESCAPE.sub(one, text)


def assemble(parts: list[Part], place: Place) -> Node:
    """Make one node of the parts of a template."""
    trimmed = _trimmed(parts)
    if all(isinstance(part, str) for part in trimmed):
        return Literal(place, "".join(str(part) for part in trimmed))
    if len(trimmed) == 1 and isinstance(trimmed[0], Interpolation):
        return Template(place, (trimmed[0].expression,), wraps=True)
    stream = _Stream(trimmed, place)
    nodes = stream.until(())
    return Template(place, nodes)


def _trimmed(parts: list[Part]) -> list[Part]:
    trimmed: list[Part] = []
    for position, part in enumerate(parts):
        if not isinstance(part, str):
            trimmed.append(part)
            continue
        before = parts[position - 1] if position else None
        after = parts[position + 1] if position + 1 < len(parts) else None
        text = part.lstrip() if isinstance(before, Directive | Interpolation) and before.right else part
        text = text.rstrip() if isinstance(after, Directive | Interpolation) and after.left else text
        if text:
            trimmed.append(text)
    return trimmed


class _Stream:
    """Nests the directives of a flat list of parts."""

    def __init__(self, parts: list[Part], place: Place) -> None:
        self._parts = parts
        self._place = place
        self._position = 0
        self.ended: Directive | None = None

    def until(self, ends: tuple[str, ...]) -> tuple[Node, ...]:
        """Return the nodes up to one of the directives in `ends`."""
        nodes: list[Node] = []
        while self._position < len(self._parts):
            part = self._parts[self._position]
            self._position += 1
            if isinstance(part, str):
                nodes.append(Literal(self._place, part))
            elif isinstance(part, Interpolation):
                nodes.append(part.expression)
            elif part.kind in ends:
                self.ended = part
                return tuple(nodes)
            else:
                nodes.append(self._directive(part))
        if ends:
            raise HclError(f"a template directive is not closed with {ends[-1]}", self._place)
        return tuple(nodes)

    def _directive(self, part: Directive) -> Node:
        if part.kind == "if" and part.expression is not None:
            then = self.until(("else", "endif"))
            otherwise = self.until(("endif",)) if self.ended and self.ended.kind == "else" else ()
            return TemplateIf(part.place, part.expression, then, otherwise)
        if part.kind == "for" and part.expression is not None:
            return TemplateFor(part.place, part.names, part.expression, self.until(("endfor",)))
        raise HclError(f"%{{ {part.kind} }} without its beginning", part.place)


def heredoc_node(body: str, flush: bool, place: Place, parse: Callable[[str, Place], Node]) -> Node:
    """Return the node of a heredoc's body; `parse` reads an expression."""
    if flush:
        filled = [line for line in body.split("\n") if line.strip()]
        margin = min((len(line) - len(line.lstrip(" \t")) for line in filled), default=0)
        body = "\n".join(line[margin:] for line in body.split("\n"))
    return template_node(body, place, parse)


def template_node(text: str, place: Place, parse: Callable[[str, Place], Node]) -> Node:
    """Return the node of a template that is written without quotes: no backslash escapes."""
    return assemble(list(_parts(text, place, parse)), place)


def _parts(text: str, place: Place, parse: Callable[[str, Place], Node]) -> Iterator[Part]:
    position, literal = 0, ""
    while (found := re.compile(r"\$\$\{|%%\{|\$\{|%\{").search(text, position)) is not None:
        literal += text[position : found.start()]
        if len(found.group()) == 3:
            literal += found.group()[1:]
            position = found.end()
            continue
        end = _closing(text, found.end(), place)
        inner = text[found.end() : end]
        if literal:
            yield literal
        literal = ""
        left, right = inner.startswith("~"), inner.endswith("~")
        inner = inner[int(left) : len(inner) - int(right)]
        if found.group() == "${":
            yield Interpolation(parse(inner, place), left, right)
        else:
            yield _written_directive(inner, place, left, right, parse)
        position = end + 1
    literal += text[position:]
    if literal:
        yield literal


def _written_directive(
    inner: str, place: Place, left: bool, right: bool, parse: Callable[[str, Place], Node]
) -> Directive:
    condition, loop, word = _IF.match(inner), _FOR.match(inner), inner.strip()
    if condition:
        return Directive("if", place, parse(condition[1], place), (), left, right)
    if loop:
        names = tuple(name for name in (loop[1], loop[2]) if name)
        return Directive("for", place, parse(loop[3], place), names, left, right)
    if word in {"else", "endif", "endfor"}:
        return Directive(word, place, None, (), left, right)
    raise HclError(f"%{{{inner[:40]}}} is not a template directive", place)


def _closing(text: str, position: int, place: Place) -> int:
    """Return where the bracket closes that opened before `position`."""
    depth, quoted = 1, False
    while position < len(text):
        character = text[position]
        if quoted:
            position += 1 if character == "\\" else 0
            quoted = character != '"'
        elif character == '"':
            quoted = True
        elif character in "{}":
            depth += 1 if character == "{" else -1
            if depth == 0:
                return position
        position += 1
    raise HclError("an interpolation is not closed with }", place)
