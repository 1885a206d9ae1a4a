"""Reads HCL text with python-hcl2 and makes nodes of its tree."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import hcl2
from lark import Token, Tree
from lark.exceptions import LarkError

from pulumi_hyperone.packer.hcl import nodes
from pulumi_hyperone.packer.hcl.nodes import Block, HclError, Node
from pulumi_hyperone.packer.hcl.preprocessing import PLACEHOLDER, Prepared, prepare
from pulumi_hyperone.packer.hcl.string_templates import (
    Directive,
    Interpolation,
    Part,
    assemble,
    heredoc_node,
    template_node,
    unescape,
)
from pulumi_hyperone.packer.located import Lines
from pulumi_hyperone.packer.result import Place

_Tree: TypeAlias = Tree[Token]
_KEYWORDS = {"true": True, "false": False, "null": None}


def read_hcl(file: str, text: str) -> Block:
    """Return the body of an HCL file as a block without a type. Raises HclError."""
    lines = Lines(file, text)
    prepared = prepare(text, lines)
    return _Builder(lines, prepared).file(_parsed(prepared, lines))


def read_expression(text: str, place: Place) -> Node:
    """Return the node of one expression that is written at `place`. Raises HclError."""
    lines = Lines(place.file, f"_ = ({text}\n)\n")
    try:
        prepared = prepare(f"_ = ({text}\n)\n", lines)
        return _Builder(lines, prepared, place).file(_parsed(prepared, lines)).attributes["_"]
    except HclError as error:
        raise HclError(f"{error} in the expression {text.strip()[:60]!r}", place) from None
    except KeyError:
        raise HclError(f"not an expression: {text.strip()[:60]!r}", place) from None


def read_template(text: str, place: Place) -> Node:
    """Return the node of a template that is written without quotes. Raises HclError."""
    return template_node(text, place, read_expression)


def _parsed(prepared: Prepared, lines: Lines) -> _Tree:
    try:
        return hcl2.parses_to_tree(prepared.text)
    except LarkError as error:
        line, column = getattr(error, "line", -1), getattr(error, "column", -1)
        found = getattr(error, "token", None)
        message = "this is not HCL"
        if found is not None and found.type != "$END":
            message += f": {str(found).strip()[:40] or 'the end of the line'!r} is not expected here"
        elif found is not None:
            message += ": unexpected end of file"
        if not isinstance(line, int) or line < 1:
            line, column = len(prepared.lines), 1
        raise HclError(message, lines.at(prepared.line(line), max(int(column), 1))) from None


class _Builder:
    def __init__(self, lines: Lines, prepared: Prepared, place: Place | None = None) -> None:
        self._lines = lines
        self._prepared = prepared
        self._fixed = place
        self._expressions: dict[str, Callable[[_Tree], Node]] = {
            "conditional": lambda t: nodes.Conditional(self._place(t), *map(self.expression, _subtrees(t))),
            "binary_op": self._binary,
            "unary_op": lambda t: nodes.Unary(self._place(t), str(t.children[0]), self.expression(_subtrees(t)[0])),
            "int_lit": self._number,
            "float_lit": self._number,
            "string": self._string,
            "template_string": lambda t: nodes.Literal(self._place(t), str(t.children[0])[2:-2]),
            "tuple": lambda t: nodes.Tuple(self._place(t), tuple(map(self.expression, _subtrees(t)))),
            "object": self._object,
            "identifier": self._name,
            "keyword": self._name,
            "literal_value": lambda t: nodes.Literal(self._place(t), _KEYWORDS[str(t.children[0])]),
            "function_call": self._call,
            "index_expr_term": lambda t: self._step(self.expression(_subtrees(t)[0]), _subtrees(t)[1]),
            "get_attr_expr_term": lambda t: self._step(self.expression(_subtrees(t)[0]), _subtrees(t)[1]),
            "attr_splat_expr_term": self._splat,
            "full_splat_expr_term": self._splat,
            "for_tuple_expr": self._for,
            "for_object_expr": self._for,
            "interpolation": lambda t: self.expression(_subtrees(t)[0]),
        }

    def _place(self, tree: _Tree | Token) -> Place:
        if self._fixed is not None:
            return self._fixed
        meta: Any = tree if isinstance(tree, Token) else tree.meta
        line, column = getattr(meta, "line", None), getattr(meta, "column", None)
        return self._lines.at(self._prepared.line(line or 1), column or 1)

    def file(self, tree: _Tree) -> Block:
        """Return the whole file as one block."""
        block = Block("", (), self._lines.at(1, 1))
        self._body(_subtrees(tree)[0], block)
        return block

    def _body(self, tree: _Tree, block: Block) -> None:
        for item in _subtrees(tree):
            if item.data == "attribute":
                name_tree, value = _subtrees(item)
                name = str(name_tree.children[0])
                if name in block.attributes:
                    raise HclError(f'"{name}" is set twice', self._place(item))
                block.attributes[name] = self.expression(value)
                block.places[name] = self._place(item)
            else:
                block.blocks.append(self._block(item))

    def _block(self, tree: _Tree) -> Block:
        *heads, body = _subtrees(tree)
        labels = tuple(self._label(head) for head in heads)
        block = Block(labels[0], labels[1:], self._place(tree))
        self._body(body, block)
        return block

    def _label(self, tree: _Tree) -> str:
        if tree.data != "string":
            return str(tree.children[0])
        node = self._string(tree)
        if not isinstance(node, nodes.Literal):
            raise HclError("a label must be a plain string", self._place(tree))
        return str(node.value)

    def expression(self, tree: _Tree) -> Node:
        """Return the node of an expression."""
        while tree.data == "expr_term":
            tree = _subtrees(tree)[0]
        build = self._expressions.get(str(tree.data))
        if build is None:
            raise HclError("this expression is not supported", self._place(tree))
        return build(tree)

    def _name(self, tree: _Tree) -> Node:
        name = str(tree.children[0])
        heredoc = self._prepared.heredocs.get(name) if name.startswith(PLACEHOLDER) else None
        if heredoc is None:
            return nodes.Name(self._place(tree), name)
        place = self._fixed or self._lines.at(heredoc.line, 1)
        return heredoc_node(heredoc.body, heredoc.flush, place, read_expression)

    def _number(self, tree: _Tree) -> Node:
        written = "".join(str(token) for token in tree.children)
        if len(written) > 40:
            raise HclError("the number is too long", self._place(tree))
        value = int(written) if written.lstrip("-").isdigit() else float(written)
        return nodes.Literal(self._place(tree), value)

    def _binary(self, tree: _Tree) -> Node:
        left, term = _subtrees(tree)
        operator, right = _subtrees(term)
        return nodes.Binary(self._place(tree), str(operator.children[0]), self.expression(left), self.expression(right))

    def _object(self, tree: _Tree) -> Node:
        items = []
        for element in _subtrees(tree):
            key_tree, value = _subtrees(element)
            items.append((self.expression(_subtrees(key_tree)[0]), self.expression(value)))
        return nodes.Object(self._place(tree), tuple(items))

    def _call(self, tree: _Tree) -> Node:
        names = [part for part in _subtrees(tree) if part.data == "identifier"]
        name = "::".join(str(part.children[0]) for part in names)
        arguments = next((part for part in _subtrees(tree) if part.data == "arguments"), None)
        if arguments is None:
            return nodes.Call(self._place(tree), name, ())
        expands = any(isinstance(part, Token) and part.type == "ELLIPSIS" for part in arguments.children)
        values = tuple(map(self.expression, _subtrees(arguments)))
        return nodes.Call(self._place(tree), name, values, expands)

    def _step(self, owner: Node, tree: _Tree) -> Node:
        """Apply one `.name`, `.0` or `[key]`."""
        place = self._place(tree)
        if tree.data == "get_attr":
            return nodes.Attribute(place, owner, str(_subtrees(tree)[0].children[0]))
        if tree.data == "short_index":
            return nodes.Index(place, owner, nodes.Literal(place, int(str(tree.children[-1])[:10])))
        return nodes.Index(place, owner, self.expression(_subtrees(tree)[0]))

    def _splat(self, tree: _Tree) -> Node:
        owner, splat = _subtrees(tree)
        each: Node = nodes.Name(self._place(splat), "")
        for step in _subtrees(splat):
            each = self._step(each, step)
        return nodes.Splat(self._place(tree), self.expression(owner), each)

    def _for(self, tree: _Tree) -> Node:
        intro, *rest = _subtrees(tree)
        *name_trees, collection = _subtrees(intro)
        names = tuple(str(name.children[0]) for name in name_trees)
        condition = next((part for part in rest if part.data == "for_cond"), None)
        values = [self.expression(part) for part in rest if part.data != "for_cond"]
        groups = any(isinstance(part, Token) and part.type == "ELLIPSIS" for part in tree.children)
        return nodes.For(
            self._place(tree),
            names,
            self.expression(collection),
            values[-1],
            values[0] if tree.data == "for_object_expr" else None,
            self.expression(_subtrees(condition)[0]) if condition else None,
            groups,
        )

    def _string(self, tree: _Tree) -> Node:
        place = self._place(tree)
        parts: list[Part] = []
        for part in _subtrees(tree):
            child = part.children[0]
            if isinstance(child, Token):
                text = str(child)
                escaped = child.type in {"ESCAPED_INTERPOLATION", "ESCAPED_DIRECTIVE"}
                parts.append(text[1:] if escaped else unescape(text, place))
            elif child.data == "interpolation":
                parts.append(Interpolation(self.expression(child)))
            else:
                parts.append(self._directive(child))
        return assemble(parts, place)

    def _directive(self, tree: _Tree) -> Directive:
        kind = str(tree.data).removeprefix("template_").removesuffix("_start")
        tokens = [child.type if isinstance(child, Token) else "" for child in tree.children]
        left, right = tokens[1] == "STRIP_MARKER", tokens[-2] == "STRIP_MARKER"
        parts = _subtrees(tree)
        node = self.expression(parts[-1]) if parts else None
        names = tuple(str(name.children[0]) for name in parts[:-1])
        return Directive(kind, self._place(tree), node, names, left, right)


def _subtrees(tree: _Tree) -> list[_Tree]:
    return [child for child in tree.children if isinstance(child, Tree) and child.data != "new_line_or_comment"]
