"""Evaluates HCL expressions. Pure: reads nothing but what the scope gives and what functions may read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol

from pulumi_hyperone.packer.hcl import nodes
from pulumi_hyperone.packer.hcl.conversions import kind, to_bool, to_text, to_whole, weigh
from pulumi_hyperone.packer.hcl.deferred import Deferred, apply, holds_deferred, joined
from pulumi_hyperone.packer.hcl.functions import FUNCTIONS, Function, Surroundings
from pulumi_hyperone.packer.hcl.nodes import HclError, Node
from pulumi_hyperone.packer.hcl.operators import binary, unary
from pulumi_hyperone.packer.hcl.types import convert, read_type
from pulumi_hyperone.packer.result import Place
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.template.functions import count_fault

MAX_WORK = 3_000_000
"""Steps all evaluations of one template may take together; a value made counts by its size."""


class Root(Protocol):
    """What a bare name stands for, such as `var` or `local`."""

    def get(self, name: str) -> Any:
        """Return the value under a name. Raises HclError."""


class Evaluator:
    """Evaluates expressions; `roots` are the names it begins with (`var`, `local`, `path`, …).

    `inexact` is called with the place of a value that had to be fixed at import because it cannot be deferred.
    """

    def __init__(self, roots: Mapping[str, Root], surroundings: Surroundings, inexact: Callable[[Place], None]) -> None:
        self._roots = roots
        self.surroundings = surroundings
        self._inexact = inexact
        self._work = 0
        self._visit: dict[type[Node], Callable[[Any, Mapping[str, Any]], Any]] = {
            nodes.Literal: lambda node, _: node.value,
            nodes.Template: self._template,
            nodes.TemplateIf: self._template_if,
            nodes.TemplateFor: self._template_for,
            nodes.Tuple: lambda node, names: [self.value(item, names) for item in node.items],
            nodes.Object: self._object,
            nodes.Name: self._name,
            nodes.Attribute: self._attribute,
            nodes.Index: lambda node, names: self._index(self.value(node.owner, names), self.value(node.key, names)),
            nodes.Splat: self._splat,
            nodes.Call: self._call,
            nodes.Unary: lambda node, names: unary(node.operator, self._known(self.value(node.operand, names))),
            nodes.Binary: self._binary,
            nodes.Conditional: self._conditional,
            nodes.For: self._for,
        }

    def value(self, node: Node, names: Mapping[str, Any] | None = None) -> Any:
        """Return the value of an expression; `names` are the variables of loops around it. Raises HclError."""
        try:
            self.charge(1)
            value = self._visit[type(node)](node, names or {})
            self.charge(weigh(value))
        except HclError as error:
            if error.place is None:
                raise HclError(str(error), node.place) from None
            raise
        return value

    def charge(self, steps: int) -> None:
        """Bound the work, so that no template takes long however it is written."""
        self._work += steps
        if self._work > MAX_WORK:
            raise HclError("evaluating the template takes too much work")

    def _known(self, value: Any) -> Any:
        """Return a value that an operator can work on now."""
        if holds_deferred(value):
            raise HclError("a value that is only known during the build cannot be used here")
        return value

    def _template(self, node: nodes.Template, names: Mapping[str, Any]) -> Any:
        if node.wraps:
            return self.value(node.parts[0], names)
        return self._texts(node.parts, names)

    def _texts(self, parts: tuple[Node, ...], names: Mapping[str, Any]) -> str | Deferred:
        written: list[str | Deferred] = []
        for part in parts:
            value = self.value(part, names)
            try:
                written.append(to_text(value))
            except HclError as error:
                raise HclError(f"{error}, in a template", part.place) from None
        return joined(written)

    def _template_if(self, node: nodes.TemplateIf, names: Mapping[str, Any]) -> Any:
        chosen = node.then if to_bool(self._known(self.value(node.condition, names))) else node.otherwise
        return self._texts(chosen, names)

    def _template_for(self, node: nodes.TemplateFor, names: Mapping[str, Any]) -> Any:
        items = self._items(self.value(node.collection, names))
        return joined([self._texts(node.body, _bound(node.names, key, item, names)) for key, item in items])

    def _object(self, node: nodes.Object, names: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key_node, value_node in node.items:
            if isinstance(key_node, nodes.Name):
                key: Any = key_node.name
            else:
                key = to_text(self._known(self.value(key_node, names)))
            made[str(key)] = self.value(value_node, names)
        return made

    def _name(self, node: nodes.Name, names: Mapping[str, Any]) -> Any:
        if node.name in names:
            return names[node.name]
        if node.name in self._roots:
            return self._roots[node.name]
        hint = did_you_mean(node.name, [*self._roots, *filter(None, names)])
        raise HclError(f'there is no "{node.name}" here{hint} (strings need quotes, a variable is var.NAME)')

    def _attribute(self, node: nodes.Attribute, names: Mapping[str, Any]) -> Any:
        return self._get(self.value(node.owner, names), node.name)

    def _get(self, owner: Any, name: str) -> Any:
        if isinstance(owner, dict):
            if name not in owner:
                raise HclError(f'there is no "{name}" in this object{did_you_mean(name, owner)}')
            return owner[name]
        if isinstance(owner, str | int | float | list | Deferred) or owner is None:
            raise HclError(f'a {kind(owner)} has no ".{name}"')
        return owner.get(name)

    def _index(self, owner: Any, key: Any) -> Any:
        key = self._known(key)
        if not isinstance(owner, list):
            return self._get(owner, str(to_text(key)))
        index = to_whole(key)
        if not 0 <= index < len(owner):
            raise HclError(f"there is no element {index}: the list has {len(owner)} (counted from 0)")
        return owner[index]

    def _splat(self, node: nodes.Splat, names: Mapping[str, Any]) -> list[Any]:
        owner = self.value(node.owner, names)
        items = owner if isinstance(owner, list) else [] if owner is None else [owner]
        return [self.value(node.each, {**names, "": item}) for item in items]

    def _call(self, node: nodes.Call, names: Mapping[str, Any]) -> Any:
        if node.name in {"can", "try"}:
            return self._attempt(node, names)
        if node.name == "convert" and len(node.arguments) == 2:
            return convert(self.value(node.arguments[0], names), read_type(node.arguments[1], self.value))
        function = FUNCTIONS.get(node.name.rsplit("::", 1)[-1])
        if function is None:
            raise HclError(
                f'there is no function "{node.name}"{did_you_mean(node.name, [*FUNCTIONS, "can", "try", "convert"])}'
            )
        arguments = [self.value(argument, names) for argument in node.arguments]
        if node.expands:
            last = arguments.pop() if arguments else None
            if not isinstance(last, list):
                raise HclError("... can only expand a list")
            arguments += last
        return self._called(node, function, arguments)

    def _called(self, node: nodes.Call, function: Function, arguments: list[Any]) -> Any:
        fault = function.fault(node.name, len(arguments))
        if fault:
            raise HclError(fault)
        self.charge(sum(weigh(argument) for argument in arguments))
        self.surroundings.place = node.place
        try:
            if not holds_deferred(arguments) or function.takes_deferred:
                return function.run(self.surroundings, *arguments)
            run = lambda known: function.run(self.surroundings, *known)  # noqa: E731 - one line of glue
            result, exact = apply(run, arguments, self.surroundings.now)
        except HclError as error:
            raise HclError(f"{node.name}: {error}", error.place) from None
        if not exact:
            self._inexact(node.place)
        return result

    def _attempt(self, node: nodes.Call, names: Mapping[str, Any]) -> Any:
        if fault := count_fault(node.name, len(node.arguments), 1, 1 if node.name == "can" else None):
            raise HclError(fault)
        reasons = []
        for argument in node.arguments:
            try:
                value = self.value(argument, names)
            except HclError as error:
                self.charge(0)
                reasons.append(str(error))
            else:
                return True if node.name == "can" else value
        if node.name == "can":
            return False
        raise HclError(f"try: every expression failed: {'; '.join(reasons)}")

    def _binary(self, node: nodes.Binary, names: Mapping[str, Any]) -> Any:
        left = self._known(self.value(node.left, names))
        if node.operator in {"&&", "||"} and to_bool(left) is (node.operator == "||"):
            return to_bool(left)
        return binary(node.operator, left, self._known(self.value(node.right, names)))

    def _conditional(self, node: nodes.Conditional, names: Mapping[str, Any]) -> Any:
        chosen = to_bool(self._known(self.value(node.condition, names)))
        return self.value(node.then if chosen else node.otherwise, names)

    def _items(self, collection: Any) -> Iterator[tuple[Any, Any]]:
        if isinstance(collection, list):
            return iter(enumerate(collection))
        if isinstance(collection, dict):
            return iter(sorted(collection.items()))
        raise HclError(f"for takes a list or a map, not {kind(collection)}")

    def _for(self, node: nodes.For, names: Mapping[str, Any]) -> Any:
        made: list[Any] = []
        keyed: dict[str, Any] = {}
        for key, item in self._items(self.value(node.collection, names)):
            inner = _bound(node.names, key, item, names)
            if node.condition and not to_bool(self._known(self.value(node.condition, inner))):
                continue
            value = self.value(node.value, inner)
            if node.key is None:
                made.append(value)
                continue
            new_key = str(to_text(self._known(self.value(node.key, inner))))
            if node.groups:
                keyed.setdefault(new_key, []).append(value)
            elif new_key in keyed:
                raise HclError(f'the key "{new_key}" appears twice; add ... after the value to group them')
            else:
                keyed[new_key] = value
        return made if node.key is None else keyed


def _bound(variables: tuple[str, ...], key: Any, item: Any, names: Mapping[str, Any]) -> dict[str, Any]:
    values = (item,) if len(variables) == 1 else (key, item)
    return {**names, **dict(zip(variables, values, strict=True))}
