"""Parses a template into nodes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from pulumi_hyperone.settings.template.errors import TemplateError, TemplateFault, fault_at
from pulumi_hyperone.settings.template.lexer import Piece, Token, pieces
from pulumi_hyperone.settings.template.nodes import Action, Call, Expression, Field, If, Literal, Node, Text

MAX_DEPTH = 32
"""How deep functions, brackets and conditions may be nested."""

_CONTROL = {"if", "else", "end"}
_TRUTH = {"true", "false"}
_UNSUPPORTED = {"range", "with", "define", "template", "block", "break", "continue"}

_Sized: TypeAlias = tuple[Expression, int]
"""An expression and how deep it is."""


@dataclass
class _Frame:
    """A condition that is still open; the outermost frame is the template itself."""

    piece: Piece | None
    branches: list[tuple[Expression, tuple[Node, ...]]] = field(default_factory=list)
    condition: Expression | None = None
    otherwise: bool = False
    body: list[Node] = field(default_factory=list)


def parse(source: str) -> tuple[Node, ...]:
    """Return the nodes of `source`. Raises TemplateError with every fault of its actions."""
    faults: list[TemplateFault] = []
    frames = [_Frame(None)]
    for piece in pieces(source):
        try:
            _take(source, piece, frames)
        except TemplateError as error:
            faults.extend(error.faults)
    if len(frames) > 1 and not faults:
        opened = frames[-1].piece
        faults.append(fault_at(source, opened.offset if opened else 0, "this condition has no {{end}}"))
    if faults:
        raise TemplateError(faults)
    return tuple(frames[0].body)


def _take(source: str, piece: Piece, frames: list[_Frame]) -> None:
    if piece.tokens is None:
        frames[-1].body.append(Text(piece.text))
        return
    if not piece.tokens:
        if "/*" not in source[piece.offset : piece.end]:
            raise TemplateError([fault_at(source, piece.offset, "the action is empty")])
        return
    first = piece.tokens[0]
    if first.kind == "name" and first.value in _CONTROL:
        _control(source, piece, frames)
        return
    frames[-1].body.append(Action(_Expression(source, piece, piece.tokens).whole(), piece.offset, piece.end))


def _control(source: str, piece: Piece, frames: list[_Frame]) -> None:
    tokens = piece.tokens or ()
    word, rest = tokens[0].value, tokens[1:]
    if word == "if":
        if len(frames) > MAX_DEPTH:
            raise TemplateError([fault_at(source, piece.offset, f"conditions are nested deeper than {MAX_DEPTH}")])
        frame = _Frame(piece)
        frames.append(frame)
        frame.condition = _Expression(source, piece, rest).whole()
        return
    frame = frames[-1]
    if frame.piece is None or (word == "else" and frame.otherwise):
        raise TemplateError([fault_at(source, piece.offset, f"{{{{{word}}}}} without an {{{{if}}}} before it")])
    if frame.condition is not None:
        frame.branches.append((frame.condition, tuple(frame.body)))
    if word == "end":
        _nothing(source, rest)
        otherwise = tuple(frame.body) if frame.otherwise else ()
        frames.pop()
        frames[-1].body.append(If(tuple(frame.branches), otherwise, frame.piece.offset, piece.end))
        return
    frame.body, frame.condition = [], None
    if rest and rest[0].kind == "name" and rest[0].value == "if":
        frame.condition = _Expression(source, piece, rest[1:]).whole()
        return
    _nothing(source, rest)
    frame.otherwise = True


def _nothing(source: str, rest: tuple[Token, ...]) -> None:
    if rest:
        raise TemplateError([fault_at(source, rest[0].offset, "unexpected text in this action")])


class _Expression:
    """Parses the tokens of one action into one expression."""

    def __init__(self, source: str, piece: Piece, tokens: tuple[Token, ...]) -> None:
        self._source = source
        self._piece = piece
        self._tokens = tokens
        self._position = 0

    def whole(self) -> Expression:
        """Return the expression that all tokens together make."""
        expression, _ = self._pipeline(1)
        if self._position < len(self._tokens):
            raise self._fault("unexpected text in this action")
        return expression

    def _fault(self, message: str, offset: int | None = None) -> TemplateError:
        if offset is None:
            here = self._peek()
            offset = here.offset if here else self._piece.offset
        return TemplateError([fault_at(self._source, offset, message, self._piece.end)])

    def _peek(self) -> Token | None:
        return self._tokens[self._position] if self._position < len(self._tokens) else None

    def _pipeline(self, depth: int) -> _Sized:
        if depth > MAX_DEPTH:
            raise self._fault(f"brackets are nested deeper than {MAX_DEPTH}")
        value = self._command(None, depth)
        while (token := self._peek()) and token.kind == "pipe":
            self._position += 1
            value = self._command(value, depth)
        return value

    def _command(self, piped: _Sized | None, depth: int) -> _Sized:
        token = self._peek()
        if token is None or token.kind in {"pipe", "close"}:
            raise self._fault("a value or a function is missing here")
        if token.kind == "name" and token.value not in _TRUTH:
            return self._call(token, piped, depth)
        value = self._operand(depth)
        following = self._peek()
        if piped is not None:
            raise self._fault("a pipe must lead into a function", token.offset)
        if following is not None and following.kind not in {"pipe", "close"}:
            raise self._fault("only a function can have arguments", token.offset)
        return value

    def _call(self, token: Token, piped: _Sized | None, depth: int) -> _Sized:
        if token.value in _UNSUPPORTED:
            raise self._fault(
                f"{{{{{token.value}}}}} is not supported; of Go's control words only if, else and end are"
            )
        self._position += 1
        arguments: list[_Sized] = []
        while (following := self._peek()) and following.kind not in {"pipe", "close"}:
            arguments.append(self._operand(depth))
        arguments += [] if piped is None else [piped]
        height = 1 + max((size for _, size in arguments), default=0)
        if height > MAX_DEPTH:
            raise self._fault(f"functions are nested deeper than {MAX_DEPTH}", token.offset)
        return Call(token.value, tuple(argument for argument, _ in arguments), token.offset), height

    def _operand(self, depth: int) -> _Sized:
        token = self._peek()
        if token is not None and token.kind == "open":
            return self._bracket(token, depth)
        if token is None or token.kind not in {"text", "number", "field", "dot", "name"}:
            raise self._unexpected(token)
        self._position += 1
        return self._simple(token), 1

    def _unexpected(self, token: Token | None) -> TemplateError:
        if token is None:
            return self._fault("a value is missing here")
        if token.kind in {"variable", "assign"}:
            return self._fault("template variables ($x := …) are not supported; use a user variable")
        return self._fault(f"{token.value!r} is not expected here")

    def _simple(self, token: Token) -> Expression:
        match token.kind:
            case "text":
                return Literal(token.value, token.offset)
            case "number":
                return Literal(self._number(token), token.offset)
            case "name" if token.value in _TRUTH:
                return Literal(token.value == "true", token.offset)
            case "name":
                return Call(token.value, (), token.offset)
        return Field(() if token.kind == "dot" else tuple(token.value[1:].split(".")), token.offset)

    def _number(self, token: Token) -> int | float:
        if len(token.value) > 40:
            raise self._fault("the number is too long", token.offset)
        try:
            return int(token.value, 0)
        except ValueError:
            return int(token.value) if token.value.lstrip("+-").isdigit() else float(token.value)

    def _bracket(self, opening: Token, depth: int) -> _Sized:
        self._position += 1
        value = self._pipeline(depth + 1)
        closing = self._peek()
        if closing is None or closing.kind != "close":
            raise self._fault("the bracket is not closed", opening.offset)
        self._position += 1
        return value
