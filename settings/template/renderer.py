"""Fills templates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple, TypeAlias

from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.template.context import Rendered, TemplateContext
from pulumi_hyperone.settings.template.errors import TemplateError, TemplateFault, fault_at
from pulumi_hyperone.settings.template.functions import (
    FUNCTIONS,
    MAX_OUTPUT,
    MAX_WORK,
    NotKnownYet,
    count_fault,
    shown,
    unknown_field,
    unknown_function,
)
from pulumi_hyperone.settings.template.nodes import Action, Call, Expression, Field, If, Literal, Node, Scalar, Text
from pulumi_hyperone.settings.template.parser import parse
from pulumi_hyperone.settings.template.unparse import unparse

MAX_FAULTS = 50
"""Faults that are reported at most for one template."""

_PARSING = 20
"""How much dearer it is to parse a character than to copy it."""


class _Deferred(NamedTuple):
    """A value that is not known yet: a template for it."""

    nodes: tuple[Node, ...]


_Value: TypeAlias = Scalar | _Deferred


def render(text: str, context: TemplateContext, *, keep_data: bool = False) -> Rendered:
    """Fill `text` with the values of `context`.

    With `keep_data` what is not known yet (fields of the dot, build data, timestamp, uuid) stays in the text for a
    later rendering and everything else is filled in; without it, that is a fault. Raises TemplateError with all faults.
    """
    renderer = _Renderer(text, context, keep_data)
    nodes = renderer.nodes(parse(text))
    if renderer.faults:
        raise TemplateError(renderer.faults)
    written = unparse(nodes) if keep_data else "".join(node.text for node in nodes if isinstance(node, Text))
    deferred = keep_data and "{{" in written
    if deferred:
        parse(written)  # what is kept must be within the limits of a template itself
    seen = renderer.seen
    return Rendered(
        text=written,
        volatile=seen.volatile,
        local=seen.local,
        uses=frozenset(seen.uses),
        env=frozenset(seen.env),
        fields=frozenset(seen.fields),
        missing=frozenset(seen.missing),
        deferred=deferred,
    )


@dataclass
class _Seen:
    volatile: bool = False
    local: bool = False
    uses: set[str] = field(default_factory=set)
    env: set[str] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)
    missing: set[str] = field(default_factory=set)

    def add(self, rendered: Rendered) -> None:
        """Take over what a variable's value rests on."""
        self.volatile = self.volatile or rendered.volatile
        self.local = self.local or rendered.local
        self.uses |= rendered.uses
        self.env |= rendered.env
        self.fields |= rendered.fields
        self.missing |= rendered.missing


class _Renderer:
    """Fills the nodes of one template and notes faults and what was used."""

    def __init__(self, source: str, context: TemplateContext, keep_data: bool) -> None:
        self._source = source
        self._context = context
        self._keep = keep_data
        self._length = 0
        self._work = 0
        self.faults: list[TemplateFault] = []
        self.seen = _Seen()

    def nodes(self, nodes: tuple[Node, ...]) -> tuple[Node, ...]:
        """Return the nodes with everything filled in that is known, texts joined."""
        filled: list[Node] = []
        texts: list[str] = []
        for node in nodes:
            for new in self._filled(node):
                if isinstance(new, Text):
                    texts.append(new.text)
                    continue
                if any(texts):
                    filled.append(Text("".join(texts)))
                texts = []
                filled.append(new)
        if any(texts):
            filled.append(Text("".join(texts)))
        return tuple(filled)

    def _filled(self, node: Node) -> tuple[Node, ...]:
        if isinstance(node, Text):
            return (node,)
        if len(self.faults) >= MAX_FAULTS:
            return ()
        try:
            if isinstance(node, If):
                return self._condition(node)
            value = self._value(node.expression, node.end)
            new = value.nodes if isinstance(value, _Deferred) else (Text(shown(value)),)
            self._length += sum(len(part.text) for part in new if isinstance(part, Text))
            if self._length > MAX_OUTPUT:
                raise self._fault(node.expression, node.end, f"the result is longer than {MAX_OUTPUT} characters")
        except TemplateError as error:
            self.faults.extend(error.faults)
            return ()
        return new

    def _condition(self, node: If) -> tuple[Node, ...]:
        branches: list[tuple[Expression, tuple[Node, ...]]] = []
        for condition, body in node.branches:
            value = self._value(condition, None)
            if isinstance(value, _Deferred):
                branches.append((self._expression(value, node.offset), self.nodes(body)))
            elif value:
                if not branches:
                    return self.nodes(body)
                return (If(tuple(branches), self.nodes(body), node.offset, node.end),)
        otherwise = self.nodes(node.otherwise)
        return (If(tuple(branches), otherwise, node.offset, node.end),) if branches else otherwise

    def _value(self, expression: Expression, end: int | None) -> _Value:
        if isinstance(expression, Literal):
            return expression.value
        if isinstance(expression, Field):
            return self._field(expression, end)
        if expression.name == "user":
            return self._user(expression, end)
        return self._call(expression, end)

    def _fault(self, expression: Expression, end: int | None, message: str) -> TemplateError:
        return TemplateError([fault_at(self._source, expression.offset, message, end)])

    def _field(self, expression: Field, end: int | None) -> _Value:
        name = ".".join(expression.path)
        if name in self._context.data:
            return self._context.data[name]
        allowed = self._context.data_fields
        if not self._keep or (allowed is not None and name not in allowed):
            raise self._fault(expression, end, unknown_field(name, {*self._context.data, *(allowed or ())}))
        self.seen.fields.add(name)
        return _Deferred((Action(expression),))

    def _user(self, call: Call, end: int | None) -> _Value:
        if fault := count_fault("user", len(call.arguments), 1, 1):
            raise self._fault(call, end, fault)
        name = self._value(call.arguments[0], end)
        if not isinstance(name, str):
            raise self._fault(call, end, 'the name for "user" must be a string that is known here')
        self.seen.uses.add(name)
        value = self._context.variables.get(name)
        if value is None:
            self.seen.missing.add(name)
            if self._context.missing_variable == "empty":
                return ""
            message = f'there is no variable "{name}"{did_you_mean(name, self._context.variables)}'
            raise self._fault(call, end, message)
        if isinstance(value, str):
            return value
        self.seen.add(value)
        if not value.deferred:
            return value.text
        self._charge(call, end, _PARSING * len(value.text))
        # a value that was rendered before holds no variables any more: it cannot lead back to itself
        inner = _Renderer(value.text, replace(self._context, variables={}), self._keep)
        try:
            nodes = inner.nodes(parse(value.text))
        except TemplateError as error:
            inner.faults.extend(error.faults)
        if inner.faults:
            raise self._fault(call, end, f'variable "{name}": {inner.faults[0].message}')
        if all(isinstance(node, Text) for node in nodes):
            return "".join(node.text for node in nodes if isinstance(node, Text))
        return _Deferred(nodes)

    def _call(self, call: Call, end: int | None) -> _Value:
        function = FUNCTIONS.get(call.name)
        if function is None:
            raise self._fault(call, end, unknown_function(call.name))
        fault = function.fault(call.name, len(call.arguments))
        if fault:
            raise self._fault(call, end, fault)
        self.seen.volatile = self.seen.volatile or function.volatile
        self.seen.local = self.seen.local or function.local
        values = [self._value(argument, end) for argument in call.arguments]
        if call.name == "env":
            self.seen.env |= {value for value in values if isinstance(value, str)}
        if any(isinstance(value, _Deferred) for value in values):
            return self._later(call, values)
        message = function.wrong_kind(call.name, values)
        if message:
            raise self._fault(call, end, message)
        self._charge(call, end, sum(len(value) for value in values if isinstance(value, str)))
        try:
            return function.run(self._context, *values)
        except NotKnownYet as unknown:
            if not self._keep:
                raise self._fault(call, end, str(unknown)) from None
            return self._later(call, values)
        except ValueError as error:
            raise self._fault(call, end, str(error)) from None

    def _charge(self, call: Call, end: int | None, characters: int) -> None:
        """Bound the work, so that no template takes long however it is written."""
        self._work += characters
        if self._work > MAX_WORK:
            raise self._fault(call, end, f"the functions of this template process more than {MAX_WORK} characters")

    def _later(self, call: Call, values: list[_Value]) -> _Deferred:
        arguments = tuple(
            self._expression(value, call.offset) if isinstance(value, _Deferred) else Literal(value) for value in values
        )
        return _Deferred((Action(Call(call.name, arguments, call.offset)),))

    def _expression(self, value: _Deferred, offset: int) -> Expression:
        """Return one expression for a deferred value, `print` joining its parts."""
        parts: list[Expression] = []
        for node in value.nodes:
            if isinstance(node, If):
                message = "a value with {{if}} that is only known at run time cannot be a function argument"
                raise TemplateError([fault_at(self._source, offset, message)])
            parts.append(Literal(node.text) if isinstance(node, Text) else node.expression)
        return parts[0] if len(parts) == 1 else Call("print", tuple(parts))
