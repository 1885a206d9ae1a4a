"""Type constraints of variables, and the conversion of values to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pulumi_hyperone.packer.hcl import nodes
from pulumi_hyperone.packer.hcl.conversions import distinct, kind, to_bool, to_number, to_text
from pulumi_hyperone.packer.hcl.nodes import HclError, Node
from pulumi_hyperone.provider.foundation.nearest import did_you_mean

_SIMPLE = ("string", "number", "bool", "any")
_COLLECTIONS = ("list", "set", "map")


@dataclass(frozen=True)
class Type:
    """A type: `item` is that of a collection's elements, `fields` those of an object, `items` those of a tuple."""

    name: str
    item: Type | None = None
    fields: dict[str, Field] = field(default_factory=dict)
    items: tuple[Type, ...] = ()


@dataclass(frozen=True)
class Field:
    """A field of an object type."""

    type: Type
    optional: bool = False
    default: Any = None


ANY = Type("any")


def read_type(node: Node, value: Callable[[Node], Any]) -> Type:
    """Return the type that an expression names; `value` evaluates defaults of fields. Raises HclError."""
    if isinstance(node, nodes.Name | nodes.Literal):
        name = node.name if isinstance(node, nodes.Name) else node.value
        if name in _SIMPLE:
            return Type(str(name))
        if name in _COLLECTIONS:
            return Type(str(name), ANY)
        raise _unknown(str(name), node)
    if not isinstance(node, nodes.Call) or len(node.arguments) != 1:
        raise HclError("expected a type such as string or list(string)", node.place)
    inner = node.arguments[0]
    if node.name in _COLLECTIONS:
        return Type(node.name, read_type(inner, value))
    if node.name == "tuple" and isinstance(inner, nodes.Tuple):
        return Type("tuple", items=tuple(read_type(item, value) for item in inner.items))
    if node.name == "object" and isinstance(inner, nodes.Object):
        return Type("object", fields={_key(key): _field(item, value) for key, item in inner.items})
    raise _unknown(node.name, node)


def _unknown(name: str, node: Node) -> HclError:
    known = [*_SIMPLE, *_COLLECTIONS, "tuple", "object"]
    return HclError(f'there is no type "{name}"{did_you_mean(name, known)}', node.place)


def _key(node: Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Literal) and isinstance(node.value, str):
        return node.value
    raise HclError("expected the name of a field", node.place)


def _field(node: Node, value: Callable[[Node], Any]) -> Field:
    if isinstance(node, nodes.Call) and node.name == "optional" and 1 <= len(node.arguments) <= 2:
        default = value(node.arguments[1]) if len(node.arguments) == 2 else None
        return Field(read_type(node.arguments[0], value), optional=True, default=default)
    return Field(read_type(node, value))


def convert(value: Any, wanted: Type) -> Any:
    """Return `value` as a value of the type. Raises HclError."""
    if value is None or wanted.name == "any":
        return value
    simple = {"string": to_text, "number": to_number, "bool": to_bool}.get(wanted.name)
    if simple is not None:
        return simple(value)
    if wanted.name in {"list", "set", "tuple"}:
        return _list(value, wanted)
    if not isinstance(value, dict):
        raise HclError(f"expected a {wanted.name}, not {kind(value)}")
    if wanted.name == "map":
        return {key: convert(item, wanted.item or ANY) for key, item in value.items()}
    return _object(value, wanted)


def _list(value: Any, wanted: Type) -> list[Any]:
    if not isinstance(value, list):
        raise HclError(f"expected a {wanted.name}, not {kind(value)}")
    if wanted.name != "tuple":
        items = [convert(item, wanted.item or ANY) for item in value]
        return distinct(items) if wanted.name == "set" else items
    if len(value) != len(wanted.items):
        raise HclError(f"expected a tuple of {len(wanted.items)} elements, not {len(value)}")
    return [convert(item, one) for item, one in zip(value, wanted.items, strict=True)]


def _object(value: dict[str, Any], wanted: Type) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, one in wanted.fields.items():
        if value.get(name) is None and one.optional:
            made[name] = convert(one.default, one.type)
        elif name not in value:
            raise HclError(f'the field "{name}" is missing')
        else:
            made[name] = convert(value[name], one.type)
    return made


def type_of(value: Any) -> Type:
    """Return the type that a default gives a variable without a type of its own."""
    return {"string": Type("string"), "number": Type("number"), "bool": Type("bool")}.get(kind(value), ANY)
