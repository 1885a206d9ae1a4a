"""HCL2 in its JSON form (`.pkr.json`, `.pkrvars.json`): read into the same blocks as the native form."""

from __future__ import annotations

from pulumi_hyperone.packer.hcl import nodes
from pulumi_hyperone.packer.hcl.nodes import Block, HclError, Node
from pulumi_hyperone.packer.hcl.parser import read_expression, read_template
from pulumi_hyperone.packer.json.reader import read_json
from pulumi_hyperone.packer.located import Located
from pulumi_hyperone.packer.result import Findings, Place

_LABELS = {
    "": {"variable": 1, "variables": 0, "locals": 0, "local": 1, "source": 2, "build": 0, "packer": 0, "data": 2},
    "variable": {"validation": 0},
    "packer": {"required_plugins": 0},
    "build": {
        "source": 1,
        "provisioner": 1,
        "error-cleanup-provisioner": 1,
        "post-processor": 1,
        "post-processors": 0,
        "hcp_packer_registry": 0,
        "dynamic": 1,
    },
    "post-processors": {"post-processor": 1},
    "dynamic": {"content": 0},
}
"""Which keys of a block are blocks, and how many labels those have; every other key is an attribute."""

_LITERAL = {("variable", "type"), ("variable", "description")}


def read_json_body(file: str, text: str) -> Block:
    """Return the body of a JSON file as a block without a type. Raises HclError."""
    findings = Findings()
    root = read_json(file, text, findings)
    if findings.faults or root is None:
        first = findings.faults[0]
        raise HclError(first.message, Place(first.file, first.line, first.column, first.text))
    block = Block("", (), root.place)
    _fill(block, root)
    return block


def _fill(block: Block, located: Located) -> None:
    if not isinstance(located.value, dict):
        raise HclError("expected a map", located.place)
    for key, value in located.value.items():
        if key == "//":
            continue
        labels = _LABELS.get(block.kind, {}).get(key)
        if labels is None:
            block.attributes[key] = _attribute(block.kind, key, value)
            block.places[key] = value.place
        else:
            _blocks(block, key, (), labels, value)


def _attribute(kind: str, key: str, located: Located) -> Node:
    if (kind, key) == ("variable", "type") and isinstance(located.value, str):
        return read_expression(located.value, located.place)
    if (kind, key) in _LITERAL:
        return nodes.Literal(located.place, located.value)
    return node_of(located)


def _blocks(owner: Block, kind: str, labels: tuple[str, ...], missing: int, located: Located) -> None:
    """Add the blocks that a value describes: a map level for each label, lists for several blocks."""
    if isinstance(located.value, list):
        for item in located.value:
            _blocks(owner, kind, labels, missing, item)
        return
    if not isinstance(located.value, dict):
        raise HclError(f'"{kind}" must be a map, or a list of maps', located.place)
    if missing:
        for label, value in located.value.items():
            if label != "//":
                _blocks(owner, kind, (*labels, label), missing - 1, value)
        return
    block = Block(kind, labels, located.place)
    _fill(block, located)
    owner.blocks.append(block)


def node_of(located: Located) -> Node:
    """Return a JSON value as an expression: its texts are templates."""
    value = located.value
    if isinstance(value, str):
        return read_template(value, located.place)
    if isinstance(value, list):
        return nodes.Tuple(located.place, tuple(map(node_of, value)))
    if isinstance(value, dict):
        items = ((nodes.Literal(located.place, key), node_of(item)) for key, item in value.items())
        return nodes.Object(located.place, tuple(items))
    return nodes.Literal(located.place, value)
