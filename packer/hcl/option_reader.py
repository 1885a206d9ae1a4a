"""Evaluates the body of a block into options that know their place, secrets followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pulumi_hyperone.packer.hcl import nodes
from pulumi_hyperone.packer.hcl.conversions import to_text
from pulumi_hyperone.packer.hcl.deferred import Deferred, holds_deferred
from pulumi_hyperone.packer.hcl.evaluate import Evaluator
from pulumi_hyperone.packer.hcl.nodes import Block, HclError, Node
from pulumi_hyperone.packer.hcl.scope import Bound, Traced
from pulumi_hyperone.packer.located import Located, Map
from pulumi_hyperone.packer.result import Place

MAX_BLOCKS = 10_000
"""Blocks that one `dynamic` may make."""


@dataclass
class OptionReader:
    """Evaluates options. `guard` calls a function and turns HclError into a fault, giving None."""

    evaluator: Evaluator
    traced: Traced
    guard: Callable[..., Any]

    def options(self, block: Block, names: Mapping[str, Any]) -> Map:
        """Return the attributes of a block; inner blocks become lists of maps under their type."""
        made: Map = {}
        for name, node in block.attributes.items():
            located = self.guard(self.located, node, names)
            if located is not None:
                made[name] = replace(located, place=block.places[name])
        for inner, bound in self.guard(self._expanded, block, names) or ():
            entry = Located(self.options(inner, bound), inner.place)
            listed = made.get(inner.kind)
            if listed is None:
                made[inner.kind] = Located([entry], inner.place)
            elif isinstance(listed.value, list):
                listed.value.append(entry)
        return made

    def _expanded(self, block: Block, names: Mapping[str, Any]) -> list[tuple[Block, Mapping[str, Any]]]:
        expanded: list[tuple[Block, Mapping[str, Any]]] = []
        for inner in block.blocks:
            expanded += self.dynamic(inner, names) if inner.kind == "dynamic" else [(inner, names)]
        return expanded

    def dynamic(self, block: Block, names: Mapping[str, Any]) -> Iterator[tuple[Block, Mapping[str, Any]]]:
        """Yield the blocks that a `dynamic` block stands for, with the names their content sees."""
        content = next((inner for inner in block.blocks if inner.kind == "content"), None)
        if len(block.labels) != 1 or content is None or "for_each" not in block.attributes:
            raise HclError(
                'a dynamic block needs a label, for_each and content: dynamic "image_tag" { … }', block.place
            )
        iterator = block.attributes.get("iterator")
        if isinstance(iterator, nodes.Name):
            name = iterator.name
        else:
            name = str(to_text(self.evaluator.value(iterator))) if iterator else block.labels[0]
        self.traced.names = set()
        collection = self.evaluator.value(block.attributes["for_each"], names)
        rests_on = frozenset(self.traced.names)
        if not isinstance(collection, list | dict) or len(collection) > MAX_BLOCKS:
            raise HclError(
                f"for_each takes a list or a map with at most {MAX_BLOCKS} entries", block.attributes["for_each"].place
            )
        items = sorted(collection.items()) if isinstance(collection, dict) else enumerate(collection)
        for key, value in items:
            made = Block(block.labels[0], (), content.place, content.attributes, content.places, content.blocks)
            yield made, {**names, name: Bound({"key": key, "value": value}, self.traced, rests_on)}

    def located(self, node: Node, names: Mapping[str, Any]) -> Located:
        """Evaluate an expression; elements of written lists and maps keep their own place. Raises HclError."""
        if isinstance(node, nodes.Tuple):
            return Located([self.located(item, names) for item in node.items], node.place)
        if isinstance(node, nodes.Object):
            keys = [self._key(key, names) for key, _ in node.items]
            values = [self.located(value, names) for _, value in node.items]
            return Located(dict(zip(keys, values, strict=True)), node.place)
        value, sensitive = self._traced(node, names)
        return _placed(value, node.place, sensitive, self._hidden(node, names) if sensitive else None)

    def _traced(self, node: Node, names: Mapping[str, Any]) -> tuple[Any, bool]:
        """Return a value, and whether it rests on a secret."""
        self.traced.names = set()
        value = self.evaluator.value(node, names)
        return value, self.traced.secret

    def _hidden(self, node: Node, names: Mapping[str, Any]) -> Any:
        """Return the value with HIDDEN for secrets, None when there is none without them."""
        self.traced.hide = True
        try:
            return self.evaluator.value(node, names)
        except HclError:
            return None
        finally:
            self.traced.hide = False

    def _key(self, node: Node, names: Mapping[str, Any]) -> str:
        if isinstance(node, nodes.Name):
            return node.name
        value, sensitive = self._traced(node, names)
        if sensitive:
            raise HclError("a key must not hold a secret; put it into the value", node.place)
        if holds_deferred(value):
            raise HclError("a key must be known before the build; use a fixed string", node.place)
        return str(to_text(value))


def _placed(value: Any, place: Place, sensitive: bool, redacted: Any) -> Located:
    """Give a value and all within it a place; `redacted` is the value with HIDDEN for secrets, where it is alike."""
    if isinstance(value, dict):
        by_key = redacted if isinstance(redacted, dict) else {}
        items = {key: _placed(item, place, sensitive, by_key.get(key)) for key, item in value.items()}
        return Located(items, place, sensitive)
    if isinstance(value, list):
        alike = isinstance(redacted, list) and len(redacted) == len(value)
        pairs = zip(value, redacted if alike else [None] * len(value), strict=True)
        return Located([_placed(item, place, sensitive, other) for item, other in pairs], place, sensitive)
    shown = redacted.template() if isinstance(redacted, Deferred) else redacted if isinstance(redacted, str) else None
    if isinstance(value, Deferred):
        return Located(value.template(), place, sensitive, shown)
    if value is not None and not isinstance(value, str | int | float | bool):
        raise HclError("this refers to a whole group of values; name one of them", place)
    return Located(value, place, sensitive, shown)
