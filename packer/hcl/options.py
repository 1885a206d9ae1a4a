"""Evaluates the body of a block into options that know their place, secrets followed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pulumi_hyperone.packer.hcl import nodes
from pulumi_hyperone.packer.hcl.evaluate import Evaluator
from pulumi_hyperone.packer.hcl.later import Later
from pulumi_hyperone.packer.hcl.nodes import Block, HclError, Node
from pulumi_hyperone.packer.hcl.scope import Traced
from pulumi_hyperone.packer.hcl.values import to_text
from pulumi_hyperone.packer.located import Located, Map
from pulumi_hyperone.packer.result import Place

MAX_BLOCKS = 10_000
"""Blocks that one `dynamic` may make."""


@dataclass
class OptionReader:
    """Evaluates options. `guard` calls a function and turns HclError into a fault, giving None."""

    evaluator: Evaluator
    traced: Traced
    sensitive: set[str]
    guard: Callable[..., Any]

    def options(self, block: Block, names: Mapping[str, Any]) -> Map:
        """Return the attributes of a block; inner blocks become lists of maps under their type."""
        made: Map = {}
        for name, node in block.attributes.items():
            located = self.guard(self.located, node, names)
            if located is not None:
                made[name] = Located(located.value, block.places[name], located.sensitive)
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
            raise HclError('a dynamic block has a label, for_each and content: dynamic "image_tag" { … }', block.place)
        iterator = block.attributes.get("iterator")
        if isinstance(iterator, nodes.Name):
            name = iterator.name
        else:
            name = str(to_text(self.evaluator.value(iterator))) if iterator else block.labels[0]
        collection = self.evaluator.value(block.attributes["for_each"], names)
        if not isinstance(collection, list | dict) or len(collection) > MAX_BLOCKS:
            raise HclError(
                f"for_each takes a list or a map of at most {MAX_BLOCKS}", block.attributes["for_each"].place
            )
        items = sorted(collection.items()) if isinstance(collection, dict) else enumerate(collection)
        for key, value in items:
            made = Block(block.labels[0], (), content.place, content.attributes, content.places, content.blocks)
            yield made, {**names, name: {"key": key, "value": value}}

    def located(self, node: Node, names: Mapping[str, Any]) -> Located:
        """Evaluate an expression; elements of written lists and maps keep their own place. Raises HclError."""
        if isinstance(node, nodes.Tuple):
            return Located([self.located(item, names) for item in node.items], node.place)
        if isinstance(node, nodes.Object):
            keys = [_key(self.evaluator, key, names) for key, _ in node.items]
            values = [self.located(value, names) for _, value in node.items]
            return Located(dict(zip(keys, values, strict=True)), node.place)
        self.traced.names = set()
        value = self.evaluator.value(node, names)
        return _placed(value, node.place, bool(self.traced.names & self.sensitive))


def _key(evaluator: Evaluator, node: Node, names: Mapping[str, Any]) -> str:
    return node.name if isinstance(node, nodes.Name) else str(to_text(evaluator.value(node, names)))


def _placed(value: Any, place: Place, sensitive: bool) -> Located:
    if isinstance(value, dict):
        return Located({key: _placed(item, place, sensitive) for key, item in value.items()}, place)
    if isinstance(value, list):
        return Located([_placed(item, place, sensitive) for item in value], place)
    if isinstance(value, Later):
        return Located(value.template(), place, sensitive)
    if value is not None and not isinstance(value, str | int | float | bool):
        raise HclError("this names a whole group of values; one of them is expected", place)
    return Located(value, place, sensitive)
