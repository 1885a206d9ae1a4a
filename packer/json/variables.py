"""Variables of JSON templates (J1): defaults, variable files and given values, rendered in passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from pulumi_hyperone.packer.files import Unreadable, read_text
from pulumi_hyperone.packer.json.reader import read_json
from pulumi_hyperone.packer.local_access import LocalAccess
from pulumi_hyperone.packer.located import Located
from pulumi_hyperone.packer.option_renderer import within
from pulumi_hyperone.packer.redaction import HIDDEN
from pulumi_hyperone.packer.result import Findings, Place
from pulumi_hyperone.provider.foundation.masking import MASK
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.settings.template import Rendered, TemplateContext, TemplateError
from pulumi_hyperone.settings.template.renderer import render

MAX_PASSES = 100
"""Passes over variables that rest on each other; the same limit as Packer's."""

MAX_VARIABLES = 1000
"""Variables one template may have."""

MAX_TEXT = 4_194_304
"""Characters the values of all variables may have together."""


@dataclass(frozen=True)
class _Written:
    text: str
    place: Place
    origin: str


@dataclass
class Variables:
    """The values of a template's variables, and which of them are secret.

    `hidden` are the same values with HIDDEN in place of every secret.
    """

    values: dict[str, Rendered] = field(default_factory=dict)
    hidden: dict[str, Rendered] = field(default_factory=dict)
    sensitive: frozenset[str] = frozenset()
    places: dict[str, Place] = field(default_factory=dict)


def as_text(value: object) -> str | None:
    """Write a number, truth value or text as Packer does; None for lists and maps."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value) if isinstance(value, str | int | float) else None


def json_variables(
    root: Mapping[str, Located],
    given: Mapping[str, object],
    var_files: Sequence[Path],
    context: TemplateContext,
    access: LocalAccess,
) -> Variables:
    """Return the rendered variables of a template; what is given wins over files, files over defaults.

    `context` has the environment; faults and rows go to the findings of `access`.
    """
    findings = access.findings
    sensitive = _sensitive(root.get("sensitive-variables"), findings)
    declared = _declared(root.get("variables"), findings)
    written = {name: one for name, one in declared.items() if one is not None}
    for path in var_files:
        written.update(_from_file(path, findings))
    for name, value in given.items():
        text = as_text(value)
        place = Place(f"variable {name}", 1, 1)
        if text is None:
            findings.fault(place, f'variable "{name}" must be a string, a number or a boolean')
        else:
            written[name] = _Written(text, place, "given")
    for name, one in declared.items():
        if one is None and name not in written:
            place = _default_place(root, name)
            findings.fault(place, f'the variable "{name}" is required: give it with -var "{name}=…" or a variable file')
    for name in written.keys() - declared.keys():
        note = f"the template does not declare it{did_you_mean(name, declared)}"
        findings.row("warning", f"variables.{name}", "", written[name].place, note)
    variables = _resolved(written, sensitive, context, findings)
    _note(variables, written, context, access)
    masked = {name: replace(one, text=HIDDEN) if name in sensitive else one for name, one in written.items()}
    variables.hidden = _resolved(masked, sensitive, context, Findings()).values
    return variables


def _default_place(root: Mapping[str, Located], name: str) -> Place:
    place: Place = root["variables"].value[name].place
    return place


def _sensitive(located: Located | None, findings: Findings) -> frozenset[str]:
    if located is None or located.value is None:
        return frozenset()
    names = located.plain()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        findings.fault(located.place, "sensitive-variables must be a list of names")
        return frozenset()
    return frozenset(names)


def _declared(located: Located | None, findings: Findings) -> dict[str, _Written | None]:
    if located is None or located.value is None:
        return {}
    if not isinstance(located.value, dict) or len(located.value) > MAX_VARIABLES:
        findings.fault(located.place, f"variables must be a map of names to defaults, at most {MAX_VARIABLES}")
        return {}
    declared: dict[str, _Written | None] = {}
    for name, default in located.value.items():
        text = as_text(default.value)
        if default.value is None:
            declared[name] = None
        elif text is None:
            findings.fault(default.place, f'the default of variable "{name}" must be a string')
        else:
            declared[name] = _Written(text, default.place, "default")
    return declared


def _from_file(path: Path, findings: Findings) -> dict[str, _Written]:
    place = Place(str(path), 1, 1)
    try:
        root = read_json(str(path), read_text(path), findings)
    except Unreadable as error:
        findings.fault(place, str(error))
        return {}
    if root is None:
        return {}
    if not isinstance(root.value, dict):
        findings.fault(root.place, "a variable file must hold a map of names to values")
        return {}
    values: dict[str, _Written] = {}
    for name, located in root.value.items():
        text = as_text(located.value)
        if text is None:
            findings.fault(located.place, f'variable "{name}" must be a string, a number or a boolean')
        else:
            values[name] = _Written(text, located.place, f"from {path.name}")
    return values


def _resolved(
    written: Mapping[str, _Written], sensitive: frozenset[str], context: TemplateContext, findings: Findings
) -> Variables:
    """Render until nothing is left, as long as each pass gets further."""
    variables = Variables(sensitive=sensitive, places={name: one.place for name, one in written.items()})
    context = replace(context, env_allowed=True, missing_variable="empty", variables=variables.values)
    left = dict(written)
    waits_for: dict[str, frozenset[str]] = {}
    total = 0
    for _ in range(MAX_PASSES):
        before = len(left)
        for name, one in list(left.items()):
            if waits_for.get(name, frozenset()) & left.keys():
                continue
            rendered = _rendered(name, one, context, findings)
            waits_for[name] = rendered.missing if rendered else frozenset()
            if rendered is None or not rendered.missing:
                del left[name]
                variables.values[name] = rendered or Rendered("")
                total += len(variables.values[name].text)
            if total > MAX_TEXT:
                findings.fault(one.place, f"the variables have more than {MAX_TEXT} characters in total")
                return variables
        if not left or len(left) == before:
            break
    for name, one in left.items():
        findings.fault(one.place, _unresolved(name, one, left, variables, context))
        variables.values[name] = Rendered("")
    return variables


def _rendered(name: str, one: _Written, context: TemplateContext, findings: Findings) -> Rendered | None:
    try:
        rendered = render(one.text, context, keep_data=True)
    except TemplateError as error:
        for fault in error.faults:
            place = within(one.place, fault.line, fault.column, fault.text)
            findings.fault(place, f'variable "{name}": {fault.message}')
        return None
    # a variable that names itself would read its own earlier value
    return replace(rendered, missing=rendered.missing | ({name} & rendered.uses))


def _unresolved(
    name: str, one: _Written, left: Mapping[str, _Written], variables: Variables, context: TemplateContext
) -> str:
    missing = render(one.text, context, keep_data=True).missing | {name}
    unknown = sorted(missing - left.keys())
    if unknown:
        near = did_you_mean(unknown[0], variables.values)
        return f'variable "{name}" uses the variable "{unknown[0]}", which is not defined{near}'
    return f'variable "{name}" is part of a circle of references ({", ".join(sorted(missing))})'


def _note(variables: Variables, written: Mapping[str, _Written], context: TemplateContext, access: LocalAccess) -> None:
    findings = access.findings
    for name in variables.sensitive & variables.values.keys():
        secret = variables.values[name].text
        findings.secrets |= {secret} if secret else set()
    warned: set[str] = set()
    for name, value in variables.values.items():
        one = written[name]
        secret_name = bool((value.uses | {name}) & variables.sensitive)
        if secret_name and value.text:
            findings.secrets.add(value.text)
        shown = MASK if secret_name else value.text
        findings.row("volatile" if value.volatile else "read", f"variables.{name}", shown, one.place, one.origin)
        for variable in sorted(value.env & context.environ.keys() - warned):
            warned.add(variable)
            access.reads_variable(variable, f"variables.{name}", one.place, secret=secret_name)
        for variable in sorted(value.env - context.environ.keys() - warned):
            warned.add(variable)
            note = f"the environment variable {variable} is not set: it counts as empty"
            findings.row("warning", f"variables.{name}", "", one.place, note)
