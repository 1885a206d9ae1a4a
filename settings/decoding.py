"""Decodes the options of one image and finds all of its faults, not only the first kind."""

from __future__ import annotations

import stat
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from pulumi_hyperone.provider.foundation.faults import Fault, faults_of, join_path, shown
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.foundation.weak_types import notes_context
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions, communicator_faults
from pulumi_hyperone.settings.image_settings import ImageSettings
from pulumi_hyperone.settings.project_settings import ProjectSettings
from pulumi_hyperone.settings.provisioners import CLEANUP_OPTION, post_processor_faults, provisioner_faults
from pulumi_hyperone.settings.rendering import NOT_RENDERED, BuildValues, template_faults
from pulumi_hyperone.settings.rules import rule_faults, rule_notes
from pulumi_hyperone.settings.values import value_faults

_STAND_INS = {"source_image": "stand-in", "vm_type": "stand-in", "disk_size": 1}
"""Values for required options that are missing or faulty, so that the rest can be looked at; never used to build."""
_ROUNDS = 4
_COMMUNICATOR_FILES = (
    "ssh_private_key_file",
    "ssh_certificate_file",
    "ssh_bastion_private_key_file",
    "ssh_bastion_certificate_file",
)
MAX_USER_DATA = 1024 * 1024
"""Largest user data file in bytes: a guard against naming a disk image by mistake."""


def decode_image(
    options: object, name: str, path: str, base_dir: Path, timestamp: int
) -> tuple[ImageSettings | None, ImageSettings, list[Fault]]:
    """Decode the options of the image `name` at `path`.

    Returns the settings (None when anything is wrong), what could be decoded (with stand-ins for what could not), and
    all faults. `timestamp` (Unix seconds) is only used to try the templates.
    """
    context = notes_context()
    decoded, faults = _decode(options, path, context)
    given = _given(options)
    faults += rule_faults(decoded, given, path)
    templates = template_faults(decoded, path)
    faults += [fault for of_option in templates.values() for fault in of_option]
    build = BuildValues(timestamp, "check", name, str(base_dir))
    faults += provisioner_faults(decoded.provisioners, build, base_dir, path)
    faults += provisioner_faults(decoded.error_cleanup_provisioner, build, base_dir, path, CLEANUP_OPTION)
    faults += post_processor_faults(decoded.post_processors, build, base_dir, path)
    rendered = _renderable(decoded, templates).from_file(name, base_dir).rendered(timestamp, "check")
    faults += value_faults(rendered, path)
    faults += _communicator_faults(rendered, base_dir, path)
    user_data_file: bytes | None = None
    if rendered.user_data_file and rendered.user_data_file.strip():
        user_data_file, file_faults = _read(rendered.user_data_file, base_dir, join_path(path, "user_data_file"))
        faults += file_faults
    notes = (*context["notes"], *rule_notes(decoded))
    decoded = decoded.from_file(name, base_dir, user_data_file, notes)
    return (None if faults else decoded), decoded, faults


def _renderable(settings: ImageSettings, faulty: Iterable[str]) -> ImageSettings:
    """Put values that say nothing in the place of faulty templates, so that the other options can be looked at."""
    fields = ImageSettings.model_fields
    harmless = {
        option: _STAND_INS.get(option, fields[option].get_default(call_default_factory=True)) for option in faulty
    }
    return settings.model_copy(update={**harmless, **dict.fromkeys(NOT_RENDERED, ())})


def _given(options: object) -> set[str]:
    """Names of the options that the user gave a value."""
    if not isinstance(options, Mapping):
        return set()
    return {name for name, value in options.items() if isinstance(name, str) and value is not None}


def _decode(options: object, path: str, context: dict[str, Any]) -> tuple[ImageSettings, list[Fault]]:
    """Decode what can be decoded: after each round the faulty options are taken out."""
    faults: list[Fault] = []
    candidate: Any = _with_stand_ins(options)
    for _ in range(_ROUNDS):
        try:
            return ImageSettings.model_validate(candidate, context=context), faults
        except ValidationError as error:
            context["notes"].clear()
            faults += [_advised(fault, location) for fault, location in _located(error, path)]
            candidate = _without(candidate, error)
    return ImageSettings.model_validate(_STAND_INS), faults


def _with_stand_ins(options: object) -> object:
    """What an adopted image does not need is not required of it."""
    adopted = isinstance(options, Mapping) and options.get("existing_id") not in (None, "")
    return {**_STAND_INS, **options} if isinstance(options, Mapping) and adopted else options


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
    faults, impossible = [], {}
    for option in _COMMUNICATOR_FILES:
        name = getattr(settings, option)
        if name and (reason := _no_file(name, base_dir)):
            faults.append(Fault(join_path(path, option), f"cannot read {shown(name)}: {reason}"))
            impossible[option] = ""
    return faults + communicator_faults(settings.model_copy(update=impossible), base_dir, path)


def _no_file(name: str, base_dir: Path) -> str:
    """Say why a name cannot be that of a file; empty when it can, whether or not the file is there."""
    try:
        return "" if stat.S_ISREG(local_file(name, base_dir).stat().st_mode) else "it is not a file"
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
