"""Writes nodes as a template again."""

from __future__ import annotations

import json

from pulumi_hyperone.settings.template.nodes import Action, Call, Expression, If, Literal, Node, Text


def unparse(nodes: tuple[Node, ...], *, inner: bool = False) -> str:
    """Return a template that means the same as `nodes`. `inner` says that an action follows behind them."""
    written: list[str] = []
    for position, node in enumerate(nodes):
        follows = inner if position == len(nodes) - 1 else not isinstance(nodes[position + 1], Text)
        written.append(_text(node.text, follows) if isinstance(node, Text) else _node(node))
    return "".join(written)


def _text(text: str, action_follows: bool) -> str:
    """Protect brackets that would open an action when the text is rendered again."""
    protected = text.replace("{{", '{{"{{"}}')
    if action_follows and protected.endswith("{"):
        return protected[:-1] + '{{"{"}}'
    return protected


def _node(node: Action | If) -> str:
    if isinstance(node, Action):
        return "{{" + expression(node.expression) + "}}"
    written, word = "", "if"
    for condition, body in node.branches:
        written += "{{" + f"{word} {expression(condition)}" + "}}" + unparse(body, inner=True)
        word = "else if"
    otherwise = "{{else}}" + unparse(node.otherwise, inner=True) if node.otherwise else ""
    return written + otherwise + "{{end}}"


def expression(value: Expression) -> str:
    """Return the text of one expression as it stands alone in an action."""
    if isinstance(value, Literal):
        return _literal(value)
    if isinstance(value, Call):
        return " ".join([value.name, *(_argument(argument) for argument in value.arguments)])
    return "." + ".".join(value.path)


def _argument(value: Expression) -> str:
    text = expression(value)
    return f"({text})" if isinstance(value, Call) and value.arguments else text


def _literal(literal: Literal) -> str:
    value = literal.value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if "`" not in value and value.isprintable():
        return f"`{value}`"
    return json.dumps(value, ensure_ascii=False)
