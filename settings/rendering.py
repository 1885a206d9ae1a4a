"""Fills the templates in an image's settings, the way Packer does at the start of a build."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from pulumi_hyperone.provider.foundation.faults import Fault, join_path
from pulumi_hyperone.provider.foundation.fields import FIELD
from pulumi_hyperone.provider.foundation.weak_types import Secret
from pulumi_hyperone.provider.provisioners.build_data import CALL, call, escaped
from pulumi_hyperone.settings.references import ImageReference
from pulumi_hyperone.settings.template import Rendered, TemplateContext, TemplateError, TemplateFault, render

if TYPE_CHECKING:
    from pulumi_hyperone.settings.image_settings import ImageSettings

MACHINE_FIELDS: Mapping[str, frozenset[str]] = {
    "chroot_command_wrapper": frozenset({"Command"}),
    "pre_mount_commands": frozenset({"Device", "MountPath"}),
    "post_mount_commands": frozenset({"Device", "MountPath"}),
}
"""Options whose templates are finished on the machine, and the fields they may use (API facts 3.1, features J3)."""
NOT_RENDERED = frozenset({"provisioners", "error_cleanup_provisioner", "post_processors"})
"""Provisioners and post-processors are rendered by `components.settings.provisioners`."""
BUILD_TYPE = "hyperone"
_BRACES = re.compile(r'\{\{"(\{\{?)"\}\}')


@dataclass(frozen=True)
class BuildValues:
    """What templates may know of a build: Unix seconds, its id, the image's name, the folder of the settings."""

    timestamp: int
    build_id: str
    image: str = ""
    folder: str = "."


STABLE = BuildValues(0, "")
"""Values that are the same for all builds and on all computers."""


def render_text(
    text: str,
    place: str,
    build: BuildValues,
    later: Collection[str] | None = frozenset(),
    *,
    build_data: bool = False,
) -> Rendered:
    """Render the text at `place`; UUIDs depend on the build and the place. Raises TemplateError.

    `later` are fields that are only known on the machine (None: any field); they stay, as `{{.Name}}`. With
    `build_data` so do calls of `build`, in the form that `provider.provisioners.build_data` fills in.
    """
    if "{{" not in text:
        return Rendered(text)
    context = TemplateContext(
        timestamp=build.timestamp,
        data_fields=None if later is None else frozenset(later),
        build_name=build.image,
        build_type=BUILD_TYPE,
        template_dir=build.folder,
        cwd=build.folder,
        uuid_factory=_uuids(build.timestamp, f"{build.build_id}/{place}"),
    )
    rendered = render(text, context, keep_data=later is None or bool(later) or build_data)
    if not rendered.deferred:
        return rendered
    fields_stay = later is None or bool(later)
    left = CALL.sub("", rendered.text) if build_data else rendered.text
    left = FIELD.sub("", left) if fields_stay else _BRACES.sub("", left)
    if "{{" in left:
        example = "{{build `ID`}}" if build_data else "{{.Device}}"
        message = f"a value of the machine, such as {example}, must stand alone, not in a function or block"
        raise TemplateError([TemplateFault(1, 1, "", message)])
    return rendered if fields_stay else replace(rendered, text=_with_calls(rendered.text))


def _with_calls(text: str) -> str:
    """Take the protection off braces in a text; what only reads like a call of `build` then keeps one."""
    parts = CALL.split(text)
    parts[::2] = [escaped(_BRACES.sub(r"\1", part)) for part in parts[::2]]
    parts[1::2] = map(call, parts[1::2])
    return "".join(parts)


def _uuids(timestamp: int, seed: str) -> Callable[[], str]:
    """UUIDs in Packer's time-ordered form (seconds first), the same ones again for the same seed."""
    numbers = count()

    def make() -> str:
        tail = hashlib.sha256(f"{seed}/{next(numbers)}".encode()).hexdigest()[:24]
        return f"{timestamp & 0xFFFFFFFF:08x}-{tail[:4]}-{tail[4:8]}-{tail[8:12]}-{tail[12:]}"

    return make


def render_option(option: str, text: str, place: str, build: BuildValues) -> Rendered:
    """Render one text of an option of an image; raises TemplateError."""
    return render_text(text, place, build, MACHINE_FIELDS.get(option, frozenset()))


def template_messages(error: TemplateError, *, quote: bool = True) -> list[str]:
    """Words for the faults of a template; without `quote` the piece of template is left out."""
    return [
        f"template: {one}" if quote else f"template: line {one.line}, column {one.column}: {one.message}"
        for one in error.faults
    ]


def rendered_values(settings: ImageSettings, build: BuildValues) -> dict[str, Any]:
    """Return all options with their texts rendered; raises TemplateError on the first text that has faults."""

    def fill(option: str, value: Any, place: str) -> Any:
        if isinstance(value, str):
            return render_option(option, value, place, build).text
        return _mapped(value, place, lambda part, where: fill(option, part, where))

    return {
        option: value if option in NOT_RENDERED else fill(option, value, option)
        for option, value in _values(settings).items()
    }


def template_faults(settings: ImageSettings, path: str) -> dict[str, list[Fault]]:
    """Find all faults of all templates, by option; texts of secret options are not shown."""
    faults: dict[str, list[Fault]] = {}

    def look(option: str, value: Any, place: str) -> Any:
        if isinstance(value, str):
            try:
                render_option(option, value, place, STABLE)
            except TemplateError as error:
                messages = _messages(error, _is_secret(settings, option))
                faults.setdefault(option, []).extend(Fault(place, message) for message in messages)
            return value
        return _mapped(value, place, lambda part, where: look(option, part, where))

    for option, value in _values(settings).items():
        if option not in NOT_RENDERED:
            look(option, value, join_path(path, option))
    return faults


def _messages(error: TemplateError, secret: bool) -> list[str]:
    if secret:
        return [f"has a fault in its template at line {one.line}, column {one.column}" for one in error.faults]
    return template_messages(error)


def _is_secret(settings: ImageSettings, option: str) -> bool:
    field = type(settings).model_fields[option]
    return not field.repr or any(isinstance(mark, Secret) for mark in field.metadata)


def _values(settings: ImageSettings) -> dict[str, Any]:
    return {option: getattr(settings, option) for option in type(settings).model_fields}


def _mapped(value: Any, place: str, function: Callable[[Any, str], Any]) -> Any:
    """Apply a function to the parts of a list, mapping or block; other values come back as they are."""
    if isinstance(value, ImageReference):
        return value
    if isinstance(value, list):
        return [function(part, join_path(place, index)) for index, part in enumerate(value)]
    if isinstance(value, dict):
        return {key: function(part, join_path(place, key)) for key, part in value.items()}
    if isinstance(value, BaseModel):
        parts = {name: function(part, join_path(place, name)) for name, part in value}
        return value.model_copy(update=parts)
    return value
