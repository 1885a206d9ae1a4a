"""Renders single texts of an image's settings, the way Packer does at the start of a build."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

from pydantic import BaseModel

from pulumi_hyperone.provider.foundation.faults import join_path
from pulumi_hyperone.provider.foundation.fields import FIELD
from pulumi_hyperone.provider.provisioners.build_data import CALL, call, escaped
from pulumi_hyperone.settings.references import ImageReference
from pulumi_hyperone.settings.template import Rendered, TemplateContext, TemplateError, TemplateFault

BUILD_TYPE = "hyperone"
_BRACES = re.compile(r'\{\{"(\{\{?)"\}\}')


@dataclass(frozen=True)
class BuildValues:
    """What templates may know of a build: Unix seconds, its id, the image's name, the folder of the settings."""

    timestamp: int
    build_id: str
    image: str = ""
    folder: str = "."


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
    from pulumi_hyperone.settings.template.renderer import render  # noqa: PLC0415 -- most settings have no templates

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


def template_messages(error: TemplateError, *, quote: bool = True) -> list[str]:
    """Words for the faults of a template; without `quote` the piece of template is left out."""
    return [
        f"template: {one}" if quote else f"template: line {one.line}, column {one.column}: {one.message}"
        for one in error.faults
    ]


def map_texts(value: Any, place: str, change: Callable[[str, str], str]) -> Any:
    """Apply `change(text, place)` to every text in lists, maps and blocks; other values come back as they are."""
    if isinstance(value, str):
        return change(value, place)
    if isinstance(value, ImageReference):
        return value
    if isinstance(value, list | tuple):
        return [map_texts(part, join_path(place, index), change) for index, part in enumerate(value)]
    if isinstance(value, dict):
        return {key: map_texts(part, join_path(place, str(key)), change) for key, part in value.items()}
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: map_texts(part, join_path(place, name), change) for name, part in value})
    return value
