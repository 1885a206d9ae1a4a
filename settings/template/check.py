"""Finds the faults of a template without any values."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.template.errors import TemplateError, TemplateFault, fault_at
from pulumi_hyperone.settings.template.functions import (
    ENV_REFUSED,
    FUNCTIONS,
    count_fault,
    unknown_build_data,
    unknown_field,
    unknown_function,
)
from pulumi_hyperone.settings.template.nodes import Action, Call, Expression, Field, If, Literal, Node
from pulumi_hyperone.settings.template.parser import parse


def check(
    text: str,
    *,
    fields: Collection[str] | None = None,
    variables: Collection[str] | None = None,
    env_allowed: bool = False,
) -> list[TemplateFault]:
    """Return what is wrong with `text`: syntax, functions, number and kind of arguments, names.

    `fields` are the names of the dot that exist (None: any), `variables` the user variables (None: any).
    """
    try:
        nodes = parse(text)
    except TemplateError as error:
        return list(error.faults)
    return [
        fault_at(text, expression.offset, message)
        for expression in _expressions(nodes)
        if (message := _fault(expression, fields, variables, env_allowed))
    ]


def _expressions(nodes: tuple[Node, ...]) -> Iterator[Expression]:
    for node in nodes:
        if isinstance(node, Action):
            yield from _within(node.expression)
        elif isinstance(node, If):
            for condition, body in node.branches:
                yield from _within(condition)
                yield from _expressions(body)
            yield from _expressions(node.otherwise)


def _within(expression: Expression) -> Iterator[Expression]:
    yield expression
    if isinstance(expression, Call):
        for argument in expression.arguments:
            yield from _within(argument)


def _fault(
    expression: Expression, fields: Collection[str] | None, variables: Collection[str] | None, env_allowed: bool
) -> str | None:
    if isinstance(expression, Field):
        name = ".".join(expression.path)
        return None if fields is None or name in fields else unknown_field(name, fields)
    if not isinstance(expression, Call):
        return None
    if expression.name == "user":
        return _user(expression, variables)
    if expression.name == "env" and not env_allowed:
        return ENV_REFUSED
    function = FUNCTIONS.get(expression.name)
    if function is None:
        return unknown_function(expression.name)
    return function.fault(expression.name, len(expression.arguments)) or _arguments(expression)


def _user(call: Call, variables: Collection[str] | None) -> str | None:
    if fault := count_fault("user", len(call.arguments), 1, 1):
        return fault
    name = call.arguments[0]
    if not isinstance(name, Literal) or variables is None or name.value in variables:
        return None
    return f'there is no variable "{name.value}"{did_you_mean(str(name.value), variables)}'


def _arguments(call: Call) -> str | None:
    values = [argument.value if isinstance(argument, Literal) else None for argument in call.arguments]
    wrong = FUNCTIONS[call.name].wrong_kind(call.name, values)
    if wrong:
        return wrong
    if call.name == "build" and isinstance(call.arguments[0], Literal):
        return unknown_build_data(str(call.arguments[0].value))
    return None
