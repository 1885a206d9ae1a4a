"""The provisioners in an image's settings: their templates, their faults, and what they add to the image's content.

What a provisioner is, `provider.provisioners` knows; here its texts are rendered, since the provider cannot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.faults import Fault, join_path, shown
from pulumi_hyperone.provider.provisioners import parse, parts
from pulumi_hyperone.provider.provisioners.build_data import filled, stand_ins
from pulumi_hyperone.settings.rendering import STABLE, BuildValues, render_text, template_messages
from pulumi_hyperone.settings.template import Rendered, TemplateError

OPTION = "provisioners"
CLEANUP_OPTION = "error_cleanup_provisioner"
POST_OPTION = "post_processors"
LOCAL_TYPE = "shell-local"
_FINISHED_LATER = frozenset({"execute_command", "inventory_file_template"})
"""Options with fields such as `{{.Path}}` that are only known when the provisioner runs."""
BRACES_STAND_IN = "\ufdd0{"
"""Stands for braces in templates that are compared and never run, where a provisioner would look for fields."""


def rendered_provisioners(entries: list[Any], build: BuildValues, option: str = OPTION) -> list[Any]:
    """Return the entries of `option` with their templates filled; raises TemplateError."""

    def fill(text: str, name: str, place: str) -> str:
        return _render(text, name, place, build).text

    return [_filled(entry, join_path(option, index), fill) for index, entry in enumerate(entries)]


def provisioner_faults(
    entries: list[Any], build: BuildValues, base_dir: Path, path: str, option: str = OPTION
) -> list[Fault]:
    """Find everything that is wrong with the entries of `option`: templates, types, options, local files."""
    faults: list[Fault] = []

    def fill(text: str, name: str, place: str) -> str:
        try:
            return _render(text, name, place, build).text
        except TemplateError as error:
            faults.extend(Fault(place, message) for message in template_messages(error, quote=False))
            return text

    place = join_path(path, option)
    filled = [_filled(entry, join_path(place, index), fill) for index, entry in enumerate(entries)]
    for index, entry in enumerate(filled):
        faults += _parse_faults(entry, index, base_dir, place)
    return faults


def post_processor_faults(entries: list[Any], build: BuildValues, base_dir: Path, path: str) -> list[Fault]:
    """Find everything that is wrong with post-processors: as with provisioners, and they run on this computer only."""
    place = join_path(path, POST_OPTION)
    local, faults = [], []
    for index, entry in enumerate(entries):
        kind = entry.get("type") if isinstance(entry, Mapping) else None
        if kind in {None, LOCAL_TYPE}:
            local.append(entry)
            continue
        hint = "; the option manifest: PATH writes one" if kind == "manifest" else ""
        faults.append(Fault(join_path(place, index, "type"), f"must be {LOCAL_TYPE}, not {shown(kind)}{hint}"))
    return faults or provisioner_faults(local, build, base_dir, path, POST_OPTION)


def _parse_faults(entry: Any, index: int, base_dir: Path, place: str) -> list[Fault]:
    """Parse one entry; names of files that no system can open (`~nobody/x`, a null character) are faults too."""
    where = join_path(place, index)
    try:
        _, faults = parse([filled(entry, stand_ins())], base_dir, place)
    except (OSError, RuntimeError, ValueError) as error:
        return [Fault(where, f"names a local file that cannot be looked at: {error}")]
    first = join_path(place, 0)
    return [Fault(where + fault.path.removeprefix(first), fault.message) for fault in faults]


def provisioner_parts(entries: list[Any], base_dir: Path) -> dict[str, str]:
    """Return what the provisioners put into the image: `provisioners[1]: scripts/base.sh` → hash.

    A text with a time or a UUID in it counts as its template, and so does data of the build.
    """

    def stable(text: str, name: str, place: str) -> str:
        rendered = _render(text, name, place, STABLE)
        if rendered.volatile and name in _FINISHED_LATER:
            return text.replace("{{", BRACES_STAND_IN)
        return text if rendered.volatile else rendered.text

    found: dict[str, str] = {}
    for index, entry in enumerate(entries):
        place = join_path(OPTION, index)
        provisioners, _ = parse([filled(_filled(entry, place, stable), stand_ins())], base_dir, OPTION)
        for provisioner in provisioners:
            found |= {f"{place}: {label}": text for label, text in parts(provisioner, base_dir).items()}
    return found


def _render(text: str, name: str, place: str, build: BuildValues) -> Rendered:
    return render_text(text, place, build, None if name in _FINISHED_LATER else frozenset(), build_data=True)


def _filled(value: Any, place: str, fill: Callable[[str, str, str], str], name: str = "") -> Any:
    """Apply `fill(text, option, place)` to every text in an entry; `name` is the option that the value belongs to."""
    if isinstance(value, str):
        return fill(value, name, place)
    if isinstance(value, Mapping):
        return {key: _filled(part, join_path(place, str(key)), fill, name or str(key)) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(part, join_path(place, index), fill, name) for index, part in enumerate(value)]
    return value
