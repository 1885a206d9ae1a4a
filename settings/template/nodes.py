"""The parts a template is parsed into. Offsets count characters from the start of the template's text."""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

Scalar: TypeAlias = str | int | float | bool


class Literal(NamedTuple):
    """A quoted text, a number or a truth value."""

    value: Scalar
    offset: int = 0


class Field(NamedTuple):
    """A value of the data the template is rendered with: `.Device` has the path ("Device",), `.` the empty one."""

    path: tuple[str, ...]
    offset: int = 0


class Call(NamedTuple):
    """A function with its arguments; a value that comes through a pipe is the last of them."""

    name: str
    arguments: tuple[Expression, ...]
    offset: int = 0


Expression: TypeAlias = Literal | Field | Call


class Text(NamedTuple):
    """Text that stands for itself."""

    text: str


class Action(NamedTuple):
    """`{{ expression }}`."""

    expression: Expression
    offset: int = 0
    end: int = 0


class If(NamedTuple):
    """`{{if}} … {{else if}} … {{else}} … {{end}}`."""

    branches: tuple[tuple[Expression, tuple[Node, ...]], ...]
    otherwise: tuple[Node, ...]
    offset: int = 0
    end: int = 0


Node: TypeAlias = Text | Action | If
