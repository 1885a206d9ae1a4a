"""All types of provisioners, and how settings become them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pulumi_hyperone.provider.foundation.faults import Fault, join_path, shown
from pulumi_hyperone.provider.foundation.late import Late
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.provider.foundation.validation import faults_of

if TYPE_CHECKING:  # loaded with the first provisioner
    from pulumi_hyperone.provider.provisioners.base import Provisioner


TYPES: Mapping[str, type[Provisioner]] = Late(
    "pulumi_hyperone.provider.provisioners",
    {
        "shell": "shell:Shell",
        "file": "file:File",
        "shell-local": "shell_local:ShellLocal",
        "ansible": "ansible:Ansible",
        "breakpoint": "pauses:Breakpoint",
        "sleep": "pauses:Sleep",
    },
)
"""The models by type; most builds need one or two."""
_WINDOWS = ("powershell", "windows-shell", "windows-restart")


def parse(raw: object, base_dir: Path, path: str) -> tuple[list[Provisioner], list[Fault]]:
    """Turn settings into provisioners; return those that are right, and all that is wrong with the others.

    `base_dir` is where relative local paths are seen from; `path` is the place of the list in the settings.
    """
    found: list[Provisioner] = []
    faults: list[Fault] = []
    if not isinstance(raw, list | tuple):
        return [], [Fault(path, f"must be a list of provisioners, not {shown(raw)}")]
    for position, entry in enumerate(raw):
        place = join_path(path, position)
        model = _model(entry, place)
        if isinstance(model, Fault):
            faults.append(model)
            continue
        try:
            provisioner = model.model_validate(dict(entry))
        except ValidationError as error:
            faults.extend(faults_of(error, place, model))
            continue
        local = provisioner.faults(base_dir, place)
        faults.extend(local)
        if not local:
            found.append(provisioner)
    return found, faults


def _model(entry: object, place: str) -> type[Provisioner] | Fault:
    known = ", ".join(TYPES)
    if not isinstance(entry, Mapping):
        return Fault(place, f"must be a mapping with a type, not {shown(entry)}")
    kind = entry.get("type")
    if not isinstance(kind, str) or not kind:
        return Fault(join_path(place, "type"), f"is required: one of {known}")
    if kind in TYPES:
        return TYPES[kind]
    if kind in _WINDOWS:
        return Fault(join_path(place, "type"), f"{kind} is for Windows, which is not supported; use shell")
    hint = did_you_mean(kind, TYPES) or f"; known are {known}"
    return Fault(join_path(place, "type"), f"unknown type {shown(kind)}{hint}")
