"""The parts a template is parsed into. Offsets count characters from the start of the template's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Scalar: TypeAlias = str | int | float | bool


@dataclass(frozen=True)
class Literal:
    """A quoted text, a number or a truth value."""

    value: Scalar
    offset: int = 0


@dataclass(frozen=True)
class Field:
    """A value of the data the template is rendered with: `.Device` has the path ("Device",), `.` the empty one."""

    path: tuple[str, ...]
    offset: int = 0


@dataclass(frozen=True)
class Call:
    """A function with its arguments; a value that comes through a pipe is the last of them."""

    name: str
    arguments: tuple[Expression, ...]
    offset: int = 0


Expression: TypeAlias = Literal | Field | Call


@dataclass(frozen=True)
class Text:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True)
class Action:
    """`{{ expression }}`."""

    expression: Expression
    offset: int = 0
    end: int = 0


@dataclass(frozen=True)
class If:
    """`{{if}} … {{else if}} … {{else}} … {{end}}`."""

    branches: tuple[tuple[Expression, tuple[Node, ...]], ...]
    otherwise: tuple[Node, ...]
    offset: int = 0
    end: int = 0


Node: TypeAlias = Text | Action | If
