"""The settings of one image with their templates filled: when they are read, and what a build changes once more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from pulumi_hyperone.provider.foundation.faults import Fault, below, join_path, option_of
from pulumi_hyperone.provider.foundation.option import facts, is_secret
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings.image_settings import FACTS, ImageSettings, with_relatives
from pulumi_hyperone.settings.rendering import BuildValues, map_texts, render_text, template_messages
from pulumi_hyperone.settings.template import Rendered, TemplateError
from pulumi_hyperone.settings.user_data import encoded

TRIAL_TIME = 1_700_000_000
"""Unix seconds with which templates are tried: as many digits as those of today's builds."""


@dataclass(frozen=True)
class Kind:
    """How a text is rendered: the fields that are filled later (None: any), and whether data of the build is."""

    later: Collection[str] | None = ()
    build_data: bool = False


Change: TypeAlias = Callable[[str, str, Kind], str]
"""What makes another text of a text, its place (`ssh_keys[0]`) and its kind."""


class RenderedSettings(ImageSettings):
    """Settings of one image in one build, as the cloud gets them.

    No templates are left but the fields that are known only on the machine (`{{.Device}}`, `{{.MountPath}}`,
    `{{.Command}}`, those of `execute_command`). `image_tags` and `vm_tags` hold the tags of the blocks too, `user_data`
    is base64 (from `user_data_file` as well), and the options of the chroot disk have those of the system disk as
    defaults.
    """


def render_all(settings: ImageSettings, path: str) -> tuple[ImageSettings, list[Fault]]:
    """Render every template of settings at `path` once.

    Returns the settings, knowing what came out, and all faults; texts of secret options are not shown in those. An
    option with a fault in a template has its default, so that the others can be looked at; a step keeps its text.
    """
    build = _trial(settings)
    texts: dict[tuple[str, str], Rendered] = {}
    faults: list[Fault] = []

    def change(text: str, place: str, kind: Kind) -> str:
        if "{{" not in text:
            return text
        try:
            texts[place, text] = render_text(text, place, build, kind.later, build_data=kind.build_data)
        except TemplateError as error:
            texts[place, text] = Rendered(text)
            faults.extend(Fault(below(path, place), message) for message in _messages(error, option_of(place)))
        return text

    _mapped(settings, change)
    faulty = {option_of(fault.path.removeprefix(f"{path}.")) for fault in faults}
    return settings.model_copy(update=_harmless(faulty)).with_found(texts=texts), faults


def _messages(error: TemplateError, option: str) -> list[str]:
    if is_secret(ImageSettings.model_fields[option]):
        return [f"has a fault in its template at line {one.line}, column {one.column}" for one in error.faults]
    return template_messages(error, quote=not FACTS[option].steps)


def _harmless(faulty: Iterable[str]) -> dict[str, Any]:
    fields = ImageSettings.model_fields
    return {
        option: fields[option].get_default(call_default_factory=True)
        if FACTS[option].stand_in is None
        else FACTS[option].stand_in
        for option in faulty
        if not FACTS[option].steps
    }


def volatile_options(settings: ImageSettings) -> frozenset[str]:
    """Return the options that have another value in each build: a time or a UUID is in them."""
    return with_relatives({option_of(place) for (place, _), one in settings.found.texts.items() if one.volatile})


def known_values(settings: ImageSettings) -> RenderedSettings:
    """Return what is known before the build; volatile options are as of a build at TRIAL_TIME. Raises TemplateError."""
    return _rendered(settings, _trial(settings), anew=False)


def values_of_build(settings: ImageSettings, timestamp: int, build_id: str) -> RenderedSettings:
    """Return the settings of one build, always the same for the same one. Raises TemplateError.

    `timestamp` is in Unix seconds; UUIDs follow from it and `build_id`.
    """
    return _rendered(settings, BuildValues(timestamp, build_id, settings.found.name, str(settings.base_dir)), anew=True)


def stable(settings: ImageSettings, text: str, place: str, kind: Kind) -> Rendered:
    """Return the text for comparisons: the template where another build or computer would make another text of it."""
    if "{{" not in text:
        return Rendered(text)
    one = _once(settings, text, place, kind, _trial(settings))
    return replace(one, text=text) if one.volatile or one.local else one


def _trial(settings: ImageSettings) -> BuildValues:
    return BuildValues(TRIAL_TIME, "trial", settings.found.name, str(settings.base_dir))


def _rendered(settings: ImageSettings, build: BuildValues, *, anew: bool) -> RenderedSettings:
    def change(text: str, place: str, kind: Kind) -> str:
        if "{{" not in text:
            return text
        one = _once(settings, text, place, kind, build)
        if one.volatile and anew:
            one = render_text(text, place, build, kind.later, build_data=kind.build_data)
        return one.text

    values = _mapped(settings, change)
    result = RenderedSettings.model_construct(settings.model_fields_set, **_completed(settings, values))
    return result.with_found(**vars(settings.found))


def _once(settings: ImageSettings, text: str, place: str, kind: Kind, build: BuildValues) -> Rendered:
    """What came out of a template when the settings were read; settings that no loader read are rendered here."""
    found = settings.found.texts.get((place, text))
    return found or render_text(text, place, build, kind.later, build_data=kind.build_data)


def _completed(settings: ImageSettings, values: Mapping[str, Any]) -> dict[str, Any]:
    """Put together what two options say, and encode user data."""
    written = values["user_data"]
    content = settings.found.user_data_file if written is None else written.encode()
    return {
        **values,
        "user_data": encoded(content) if content else None,
        "image_tags": values["image_tags"] | {block.key: block.value for block in values["image_tag"]},
        "vm_tags": values["vm_tags"] | {block.name: block.value for block in values["vm_tag"]},
        "image_tag": [],
        "vm_tag": [],
        "chroot_disk_size": settings.chroot_disk_size or settings.disk_size,
        "chroot_disk_type": values["chroot_disk_type"] or values["disk_type"],
        "chroot_mounts": values["chroot_mounts"] or [list(mount) for mount in settings.mounts],
    }


def _mapped(settings: ImageSettings, change: Change) -> dict[str, Any]:
    """Return all options with `change` applied to their texts."""
    return {option: map_option(option, getattr(settings, option), change) for option in FACTS}


def map_option(option: str, value: Any, change: Change) -> Any:
    """Apply `change` to every text in the value of an option."""
    if FACTS[option].steps:
        return [map_step(entry, join_path(option, index), change) for index, entry in enumerate(value)]
    kind = Kind(FACTS[option].fields)
    return map_texts(value, option, lambda text, place: change(text, place, kind))


def map_step(entry: Any, place: str, change: Change) -> Any:
    """Apply `change` to every text of a provisioner or post-processor; of options it does not have only in form."""
    if not isinstance(entry, Mapping):
        return map_texts(entry, place, lambda text, where: change(text, where, Kind(build_data=True)))
    model = TYPES.get(str(entry.get("type")))
    known_here = facts(model) if model else {}

    def one(key: str, part: Any) -> Any:
        fact = known_here.get(key)
        kind = Kind((), True) if fact and not fact.fields else Kind(None, True)
        return map_texts(part, join_path(place, key), lambda text, where: change(text, where, kind))

    return {key: one(str(key), part) for key, part in entry.items()}
