"""The parts of an HCL2 file. Every node has the place it stands at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pulumi_hyperone.packer.result import Place


class HclError(Exception):
    """Something in an HCL file is wrong at a place; it becomes a fault of the import."""

    def __init__(self, message: str, place: Place | None = None) -> None:
        super().__init__(message)
        self.place = place


@dataclass(frozen=True)
class Node:
    """Any expression."""

    place: Place


@dataclass(frozen=True)
class Literal(Node):
    """A number, truth value, null, or a text without anything in it."""

    value: Any


@dataclass(frozen=True)
class Template(Node):
    """Texts and expressions one after the other; `wraps` when it is one `${expression}` and nothing else."""

    parts: tuple[Node, ...]
    wraps: bool = False


@dataclass(frozen=True)
class TemplateIf(Node):
    """`%{ if }` in a template."""

    condition: Node
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


@dataclass(frozen=True)
class TemplateFor(Node):
    """`%{ for }` in a template."""

    names: tuple[str, ...]
    collection: Node
    body: tuple[Node, ...]


@dataclass(frozen=True)
class Tuple(Node):
    """`[a, b]`."""

    items: tuple[Node, ...]


@dataclass(frozen=True)
class Object(Node):
    """`{a = b}`."""

    items: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True)
class Name(Node):
    """A bare name: the root of a reference, or the key of an object."""

    name: str


@dataclass(frozen=True)
class Attribute(Node):
    """`object.name`."""

    owner: Node
    name: str


@dataclass(frozen=True)
class Index(Node):
    """`list[index]`."""

    owner: Node
    key: Node


@dataclass(frozen=True)
class Splat(Node):
    """`list[*].name` (full) or `list.*.name`: `each` is applied to the element that the name `""` stands for."""

    owner: Node
    each: Node


@dataclass(frozen=True)
class Call(Node):
    """A function with its arguments; `expands` when the last is followed by `...`."""

    name: str
    arguments: tuple[Node, ...]
    expands: bool = False


@dataclass(frozen=True)
class Unary(Node):
    """`-a` or `!a`."""

    operator: str
    operand: Node


@dataclass(frozen=True)
class Binary(Node):
    """`a + b` and its like."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True)
class Conditional(Node):
    """`condition ? then : otherwise`."""

    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True)
class For(Node):
    """`[for …]`, or `{for …}` when there is a `key`; `groups` with `...` behind the value."""

    names: tuple[str, ...]
    collection: Node
    value: Node
    key: Node | None = None
    condition: Node | None = None
    groups: bool = False


@dataclass
class Block:
    """A block: its type, labels, attributes by name and blocks in order."""

    kind: str
    labels: tuple[str, ...]
    place: Place
    attributes: dict[str, Node] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
