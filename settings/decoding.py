"""Decodes the options of one image and finds all of its faults, not only the first kind."""

from __future__ import annotations

import stat
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pulumi_hyperone.provider.foundation.faults import Fault, join_path, option_of, shown
from pulumi_hyperone.provider.foundation.local_files import is_of_the_kernel, local_file
from pulumi_hyperone.provider.foundation.option import facts, those
from pulumi_hyperone.provider.foundation.validation import faults_of
from pulumi_hyperone.provider.foundation.weak_types import notes_context
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.settings.image_settings import FACTS, ImageSettings
from pulumi_hyperone.settings.manifest_file import manifest_faults
from pulumi_hyperone.settings.project_settings import ProjectSettings
from pulumi_hyperone.settings.provenance_key import provenance_key_faults
from pulumi_hyperone.settings.provisioners import read_steps
from pulumi_hyperone.settings.record_options import record_dir_faults
from pulumi_hyperone.settings.rendered import known_values, render_all
from pulumi_hyperone.settings.rules import rule_faults, rule_notes
from pulumi_hyperone.settings.values import value_faults

_STAND_INS = {option: fact.stand_in for option, fact in FACTS.items() if fact.stand_in is not None}
"""Values for required options that are missing or faulty, so that the rest can be looked at; never used to build."""
_ROUNDS = 4
MAX_USER_DATA = 1024 * 1024
"""Largest user data file in bytes: a guard against naming a disk image by mistake."""


def decode_image(
    options: object, name: str, path: str, base_dir: Path, unknown: Collection[str] = ()
) -> tuple[ImageSettings | None, ImageSettings, list[Fault]]:
    """Decode the options of the image `name` at `path`.

    `unknown` are options that the user gave and whose values come later: what is wrong with those alone is no fault.
    Returns the settings (None when anything is wrong), what could be decoded (with stand-ins for what could not), and
    all faults.
    """
    context = notes_context()
    decoded, faults = _decode(_with_stand_ins(options, unknown), path, context)
    faults += rule_faults(decoded, {*_given(options), *unknown}, path)
    decoded = decoded.with_found(name=name, folder=base_dir)
    settings, template_faults = render_all(decoded, path)
    values = known_values(settings)
    steps, step_faults = read_steps(settings, values, path)
    faults += [
        *template_faults,
        *step_faults,
        *value_faults(values, path),
        *_communicator_faults(values, base_dir, path),
    ]
    user_data_file: bytes | None = None
    if values.user_data_file and values.user_data_file.strip():
        user_data_file, file_faults = _read(values.user_data_file, base_dir, join_path(path, "user_data_file"))
        faults += file_faults
    of_files = {
        "manifest": manifest_faults,
        "provenance_key": provenance_key_faults,
        "record_dir": record_dir_faults,
    }
    for option, find in of_files.items():
        if (name_of_file := getattr(values, option)) and name_of_file.strip():
            faults += [Fault(join_path(path, option), fault) for fault in find(name_of_file, base_dir)]
    faults = [fault for fault in faults if option_of(fault.path.removeprefix(f"{path}.")) not in unknown]
    notes = (*context["notes"], *rule_notes(settings))
    settings = settings.with_found(user_data_file=user_data_file, notes=notes, steps=steps)
    return (None if faults else settings), settings, faults


def _given(options: object) -> set[str]:
    """Names of the options that the user gave a value."""
    if not isinstance(options, Mapping):
        return set()
    return {name for name, value in options.items() if isinstance(name, str) and value is not None}


def _decode(options: object, path: str, context: dict[str, Any]) -> tuple[ImageSettings, list[Fault]]:
    """Decode what can be decoded: after each round the faulty options are taken out."""
    faults: list[Fault] = []
    candidate: Any = options
    for _ in range(_ROUNDS):
        try:
            return ImageSettings.model_validate(candidate, context=context), faults
        except ValidationError as error:
            context["notes"].clear()
            faults += [_advised(fault, location) for fault, location in _located(error, path)]
            candidate = _without(candidate, error)
    return ImageSettings.model_validate(_STAND_INS), faults


def _with_stand_ins(options: object, unknown: Collection[str]) -> object:
    """What an adopted image does not need is not required of it; a filter stands for the source image."""
    if not isinstance(options, Mapping):
        return options
    if "existing_id" in unknown or options.get("existing_id") not in (None, ""):
        return {**_STAND_INS, **options}
    filtered = options.get("source_image_filter") not in (None, "") and options.get("source_image") in (None, "")
    return {**options, "source_image": _STAND_INS["source_image"]} if filtered else options


def _located(error: ValidationError, path: str) -> list[tuple[Fault, tuple[str | int, ...]]]:
    locations = [details["loc"] for details in error.errors(include_url=False)]
    return list(zip(faults_of(error, path, ImageSettings), locations, strict=True))


def _advised(fault: Fault, location: tuple[str | int, ...]) -> Fault:
    """Point to the stack's `hyperone:` namespace for options that Packer keeps in the builder."""
    name = location[0] if len(location) == 1 else None
    if isinstance(name, str) and name in ProjectSettings.model_fields and name not in ImageSettings.model_fields:
        secret = " --secret" if name == "token" else ""
        return Fault(fault.path, f"is set once for all images: pulumi config set{secret} hyperone:{name} VALUE")
    return fault


def _without(options: Any, error: ValidationError) -> dict[str, Any]:
    """Leave out every faulty option; where rules among options failed as a whole, those of the communicator."""
    if not isinstance(options, Mapping):
        return dict(_STAND_INS)
    faulty = {details["loc"][0] for details in error.errors(include_url=False) if details["loc"]}
    if any(not details["loc"] for details in error.errors(include_url=False)):
        faulty |= set(CommunicatorOptions.model_fields)
    kept = {name: value for name, value in options.items() if name not in faulty and isinstance(name, str)}
    return kept | {name: value for name, value in _STAND_INS.items() if name in faulty}


def _communicator_faults(settings: ImageSettings, base_dir: Path, path: str) -> list[Fault]:
    """Check the communicator's local files; names that cannot be files never get that far."""
    named = [
        option for option in those(facts(CommunicatorOptions), lambda fact: fact.file) if getattr(settings, option)
    ]
    if not named:
        return []
    from pulumi_hyperone.provider.ssh.communicator_files import communicator_faults  # noqa: PLC0415 - loads paramiko

    faults, impossible = [], {}
    for option in named:
        name = getattr(settings, option)
        if reason := _no_file(name, base_dir):
            faults.append(Fault(join_path(path, option), f"cannot read {shown(name)}: {reason}"))
            impossible[option] = ""
    return faults + communicator_faults(settings.model_copy(update=impossible), base_dir, path)


def _no_file(name: str, base_dir: Path) -> str:
    """Say why a name cannot be that of a file; empty when it can, whether or not the file is there."""
    try:
        file = local_file(name, base_dir)
        return "" if stat.S_ISREG(file.stat().st_mode) and not is_of_the_kernel(file) else "it is not a file"
    except FileNotFoundError:
        return ""
    except (OSError, RuntimeError, ValueError) as error:
        return getattr(error, "strerror", None) or str(error)


def _read(name: str, base_dir: Path, path: str) -> tuple[bytes | None, list[Fault]]:
    if reason := _no_file(name, base_dir):
        return None, [Fault(path, f"cannot read {shown(name)}: {reason}")]
    file = local_file(name, base_dir)
    try:
        if file.stat().st_size > MAX_USER_DATA:
            return None, [Fault(path, f"{file} is larger than {MAX_USER_DATA} bytes, too large for user data")]
        return file.read_bytes(), []
    except (OSError, ValueError) as error:
        return None, [Fault(path, f"cannot read {file}: {getattr(error, 'strerror', None) or error}")]
