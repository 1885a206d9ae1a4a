"""Variables of HCL2 templates: types, where their values come from, validation, secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi_hyperone.packer.files import Unreadable, read_text
from pulumi_hyperone.packer.hcl.conversions import to_bool, to_text
from pulumi_hyperone.packer.hcl.evaluate import Evaluator
from pulumi_hyperone.packer.hcl.json_syntax import read_json_body
from pulumi_hyperone.packer.hcl.nodes import Block, HclError, Node
from pulumi_hyperone.packer.hcl.parser import read_expression, read_hcl
from pulumi_hyperone.packer.hcl.types import ANY, Type, convert, read_type, type_of
from pulumi_hyperone.packer.local_access import LocalAccess
from pulumi_hyperone.packer.result import Place
from pulumi_hyperone.provider.foundation.masking import MASK
from pulumi_hyperone.provider.foundation.nearest import did_you_mean

_KNOWN = frozenset({"type", "default", "description", "sensitive"})


@dataclass
class Variable:
    """A declared variable; `given` counts where its value came from."""

    name: str
    place: Place
    type: Type = ANY
    typed: bool = False
    default: Any = None
    has_default: bool = False
    sensitive: bool = False
    validations: list[Block] = field(default_factory=list)
    value: Any = None
    origin: str = ""
    value_place: Place | None = None


class VariableReader:
    """Reads declarations and gives them their values; faults go to the findings of `access`."""

    def __init__(self, evaluator: Evaluator, access: LocalAccess, guard: Callable[..., Any]) -> None:
        self._evaluator = evaluator
        self._access = access
        self._findings = access.findings
        self._guard = guard
        self.variables: dict[str, Variable] = {}

    def declare(self, block: Block) -> None:
        """Read a `variable` block, or the old `variables` block of names and defaults."""
        if block.kind == "variables":
            for name, node in block.attributes.items():
                self._add(Variable(name, block.places[name]), node)
            return
        if len(block.labels) != 1:
            raise HclError('a variable needs one name: variable "name" { … }', block.place)
        variable = Variable(block.labels[0], block.place)
        for name in block.attributes.keys() - _KNOWN:
            message = f'a variable has no "{name}"{did_you_mean(name, [*_KNOWN, "validation"])}'
            self._findings.fault(block.places[name], message)
        if "type" in block.attributes:
            variable.type = read_type(block.attributes["type"], self._evaluator.value)
            variable.typed = True
        if "sensitive" in block.attributes:
            variable.sensitive = to_bool(self._evaluator.value(block.attributes["sensitive"]))
        for inner in block.blocks:
            if inner.kind != "validation":
                near = did_you_mean(inner.kind, ["validation"])
                self._findings.fault(inner.place, f'a variable has no block "{inner.kind}"{near}')
            else:
                variable.validations.append(inner)
        self._add(variable, block.attributes.get("default"))

    def _add(self, variable: Variable, default: Node | None) -> None:
        if variable.name in self.variables:
            first = self.variables[variable.name].place
            message = f'the variable "{variable.name}" is declared twice, first in {first.file}, line {first.line}'
            raise HclError(message, variable.place)
        self.variables[variable.name] = variable
        if default is None:
            return
        surroundings = self._evaluator.surroundings
        surroundings.env_allowed = True
        surroundings.env_used.clear()
        try:
            value = self._evaluator.value(default)
            variable.default = _converted(value, variable.type, default.place, variable.name)
        finally:
            surroundings.env_allowed = False
        for name in sorted(surroundings.env_used & surroundings.environ.keys()):
            self._access.reads_variable(name, f"var.{variable.name}", default.place, secret=variable.sensitive)
        for name in sorted(surroundings.env_used - surroundings.environ.keys()):
            note = f"the environment variable {name} is not set: it counts as empty"
            self._findings.row("warning", f"var.{variable.name}", "", default.place, note)
        variable.has_default = True
        variable.type = variable.type if variable.typed else type_of(variable.default)
        variable.value, variable.origin, variable.value_place = variable.default, "default", default.place

    def from_environ(self, environ: Mapping[str, str]) -> None:
        """Take `PKR_VAR_name` of the environment."""
        for name in self.variables:
            if f"PKR_VAR_{name}" in environ:
                place = Place(f"PKR_VAR_{name}", 1, 1)
                if not self.variables[name].sensitive:
                    self._findings.taken.add(f"the environment variable PKR_VAR_{name}")
                self._guard(self._set_text, name, environ[f"PKR_VAR_{name}"], place, "environment")

    def from_files(self, paths: Iterable[Path], *, strict: bool) -> None:
        """Take values from `.pkrvars.hcl` or JSON files, later ones over earlier ones."""
        for path in paths:
            self._guard(self._from_file, path, strict)

    def _from_file(self, path: Path, strict: bool) -> None:
        try:
            text = read_text(path)
        except Unreadable as error:
            raise HclError(str(error), Place(path.name, 1, 1)) from None
        read = read_json_body if path.suffix == ".json" else read_hcl
        body = read(path.name, text)
        for name, node in body.attributes.items():
            place = body.places[name]
            if name not in self.variables:
                note = f"no variable of this name is declared{did_you_mean(name, self.variables)}"
                self._findings.row("warning", f"var.{name}", "", place, note)
                continue
            self._guard(self._set, name, lambda node=node: self._evaluator.value(node), place, f"from {path.name}")
        for block in body.blocks if strict else ():
            self._findings.fault(block.place, "a variable file can only set variables: name = value")

    def from_given(self, given: Mapping[str, object]) -> None:
        """Take values as by `-var`; texts for typed variables are read as expressions."""
        for name, value in given.items():
            place = Place(f"variable {name}", 1, 1)
            if name not in self.variables:
                message = f'no variable "{name}" is declared{did_you_mean(name, self.variables)}'
                self._findings.fault(place, message)
            elif isinstance(value, str):
                self._guard(self._set_text, name, value, place, "given")
            else:
                self._guard(self._set, name, lambda value=value: value, place, "given")

    def _set_text(self, name: str, text: str, place: Place, origin: str) -> None:
        if self.variables[name].type.name in {"string", "number", "any"} and not self._is_collection(name):
            self._set(name, lambda: text, place, origin)
        else:
            self._set(name, lambda: self._evaluator.value(read_expression(text, place)), place, origin)

    def _is_collection(self, name: str) -> bool:
        return isinstance(self.variables[name].default, list | dict)

    def _set(self, name: str, value: Callable[[], Any], place: Place, origin: str) -> None:
        variable = self.variables[name]
        try:
            made = value()
        except HclError as error:
            # the text may be a secret: only the message that does not quote it is shown
            reason = "its value is not an expression" if variable.sensitive else str(error)
            raise HclError(f'variable "{name}": {reason}', error.place or place) from None
        variable.value = _converted(made, variable.type, place, name)
        variable.origin, variable.value_place = origin, place

    def finish(self) -> None:
        """Fault what has no value or is not valid; note the rest."""
        for variable in self.variables.values():
            if not variable.origin:
                message = f'the variable "{variable.name}" is required: give it with -var "{variable.name}=…"'
                self._findings.fault(variable.place, f"{message}, a variable file or PKR_VAR_{variable.name}")
                variable.value = _stand_in(variable.type)
            place = variable.value_place or variable.place
            if variable.sensitive:
                self._findings.secrets |= set(_texts(variable.value))
            shown = MASK if variable.sensitive else variable.value
            self._findings.row("read", f"var.{variable.name}", shown, place, variable.origin)

    def validate(self) -> None:
        """Evaluate the `validation` blocks of variables that have a value."""
        for variable in self.variables.values():
            for block in variable.validations if variable.origin else ():
                self._guard(self._validate, variable, block)

    def _validate(self, variable: Variable, block: Block) -> None:
        condition = block.attributes.get("condition")
        if condition is None:
            raise HclError("a validation needs a condition and an error_message", block.place)
        if to_bool(self._evaluator.value(condition)):
            return
        message = block.attributes.get("error_message")
        text = str(to_text(self._evaluator.value(message))) if message else "its value is invalid"
        raise HclError(f'variable "{variable.name}": {text}', variable.value_place or variable.place)


def _converted(value: Any, wanted: Type, place: Place, name: str) -> Any:
    try:
        return convert(value, wanted)
    except HclError as error:
        raise HclError(f'variable "{name}": {error}', place) from None


def _stand_in(wanted: Type) -> Any:
    return {"string": "", "number": 0, "bool": False, "map": {}, "object": {}, "any": ""}.get(wanted.name, [])


def _texts(value: Any) -> Sequence[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in _texts(item)]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) and value else []
