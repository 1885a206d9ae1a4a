"""Makes the options of one provisioner, and decides whether it runs for a build."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.packer.build import Source, Step
from pulumi_hyperone.packer.located import Located, Map
from pulumi_hyperone.packer.option_names import (
    DROPPED,
    NEEDLESS,
    OTHER_PROVISIONERS,
    is_list,
    provisioner_options,
    run_time_fields,
)
from pulumi_hyperone.packer.option_renderer import OptionRenderer, RunTimeFields
from pulumi_hyperone.packer.result import Findings
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.provider.provisioners.catalog import TYPES

MANIFEST = "packer-manifest.json"
"""Where Packer writes a manifest unless told otherwise."""

_MANIFEST_OPTIONS = frozenset({"custom_data", "strip_path", "strip_time"})
_CONSUMED = frozenset({"type", "only", "except", "override", "name", "keep_input_artifact"})


def runs_for(step: Step, source: Source, findings: Findings) -> bool:
    """Say whether `only` and `except` let the step run for the build."""
    only, excluded = _names(step, "only", findings), _names(step, "except", findings)
    if only is not None and excluded is not None:
        findings.fault(step.place, f"{step.path} has both only and except; Packer takes one of them")
    runs = (not only or bool(only & source.names)) and not (excluded and excluded & source.names)
    if not runs:
        word = "only" if only else "except"
        findings.row("skipped", step.path, step.kind, step.place, f"{word} leaves it out for {source.label}")
    return runs


def _names(step: Step, key: str, findings: Findings) -> set[str] | None:
    located = step.config.get(key)
    if located is None or located.value is None:
        return None
    names = located.plain()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        findings.fault(located.place, f"{step.path}.{key} must be a list of build names")
        return None
    return set(names)


def provisioner(step: Step, source: Source, renderer: OptionRenderer, own_path: str) -> dict[str, Any] | None:
    """Return the options of a provisioner for one build; None when it cannot be run here."""
    findings = renderer.findings
    if step.kind not in TYPES:
        if step.kind in OTHER_PROVISIONERS or step.kind.startswith("windows-"):
            note = f"{step.kind} is not supported; use a shell or ansible provisioner instead"
            findings.row("dropped", step.path, step.kind, step.place, note)
        else:
            near = did_you_mean(step.kind, [*TYPES, *OTHER_PROVISIONERS])
            findings.fault(step.place, f'unknown provisioner "{step.kind}"{near}')
        return None
    here = provisioner_options(step.kind)
    made: dict[str, Any] = {"type": step.kind}
    findings.row("read", step.path, step.kind, step.place)
    renderer.marks.places[own_path] = step.place
    for option, located in _overridden(step, source, findings).items():
        path = f"{step.path}.{option}"
        if option in _CONSUMED:
            continue
        if option in NEEDLESS.get(step.kind, ()):
            findings.row("skipped", path, located.plain(), located.place, "it is about Packer, not about the image")
        elif option in DROPPED.get(step.kind, ()):
            findings.row("dropped", path, located.plain(), located.place, "it has no counterpart here")
        elif option not in here:
            near = did_you_mean(option, {*here, *_CONSUMED})
            findings.fault(located.place, f'unknown option "{option}" of provisioner {step.kind}{near}')
        elif located.value is None:
            findings.row("defaulted", path, None, located.place, "null counts as absent")
        else:
            fields = run_time_fields(step.kind).get(option, frozenset())
            dot = RunTimeFields(fields, lenient=True)
            made[option] = renderer.option(located, f"{own_path}.{option}", path, dot, kind=step.kind)
    return made


def manifest(step: Step, renderer: OptionRenderer) -> str:
    """Return the path that a manifest post-processor writes to."""
    findings = renderer.findings
    findings.row("read", step.path, step.kind, step.place)
    output = MANIFEST
    for option, located in step.config.items():
        path = f"{step.path}.{option}"
        if option in _CONSUMED:
            continue
        if option == "output":
            value = renderer.value(located, "manifest")
            output = value if isinstance(value, str) and value else output
            if not isinstance(value, str | None):
                findings.fault(located.place, f"{path} must be a path")
            findings.row("read", path, output, located.place)
        elif option in _MANIFEST_OPTIONS:
            findings.row("dropped", path, located.plain(), located.place, "manifests have no such option here")
        else:
            near = did_you_mean(option, {*_MANIFEST_OPTIONS, "output"})
            findings.fault(located.place, f'unknown option "{option}" of post-processor manifest{near}')
    return output


def _overridden(step: Step, source: Source, findings: Findings) -> Map:
    """Lay the options that `override` has for this build over the step's own."""
    located = step.config.get("override")
    if located is None or located.value is None:
        return step.config
    if not isinstance(located.value, dict):
        findings.fault(located.place, f"{step.path}.override must be a map from build names to options")
        return step.config
    config = dict(step.config)
    for name, override in located.value.items():
        if name not in source.names:
            continue
        if not isinstance(override.value, dict):
            findings.fault(override.place, f"{step.path}.override.{name} must be a map of options")
            continue
        for option, given in override.value.items():
            config[option], note = _laid_over(step.kind, option, config.get(option), given)
            if note:
                findings.row("warning", f"{step.path}.override.{name}.{option}", "", given.place, note)
    return config


def _laid_over(kind: str, option: str, old: Located | None, new: Located) -> tuple[Located, str]:
    """Put maps together as Packer does; a list replaces the other one, with a warning where Packer would mix them."""
    if old is None:
        return new, ""
    if isinstance(old.value, dict) and isinstance(new.value, dict):
        return Located({**old.value, **new.value}, new.place), ""
    before, after = _length(kind, option, old), _length(kind, option, new)
    if after >= before:
        return new, ""
    kept = before - after
    return new, f"replaces all {before} entries; Packer puts these over the first ones and keeps the last {kept}"


def _length(kind: str, option: str, located: Located) -> int:
    """Return how many entries an option has, 0 when it is no list."""
    if isinstance(located.value, list):
        return len(located.value)
    text = located.value if is_list(kind, option) and isinstance(located.value, str) else ""
    return text.count(",") + 1 if text else 0
