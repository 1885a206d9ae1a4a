"""Which options decide what is in an image, in the form that the fingerprint compares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from pulumi_hyperone.provider.foundation.faults import join_path
from pulumi_hyperone.provider.foundation.option import Option, those
from pulumi_hyperone.provider.foundation.weak_types import weak_str
from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.settings.chroot_options import ChrootOptions
from pulumi_hyperone.settings.image_settings import FACTS, ImageSettings
from pulumi_hyperone.settings.provisioners import parsed
from pulumi_hyperone.settings.rendered import Kind, map_option, map_step, stable

BRACES_STAND_IN = "\ufdd0{"
"""Stands for braces in templates that are compared and never run, where a provisioner would look for fields."""
_PROVISIONERS = "provisioners"


def content_parts(settings: ImageSettings) -> dict[str, str]:
    """Return what decides the image's content: option → its value, or a hash of it where it may hold a secret.

    Entries of lists stand as `option[0]`, so that a reason can name one. Provisioners are in it with the bytes of their
    files, the source image is not: only the API knows which one it is. Names, description, tags, time-outs and the
    communicator decide nothing. A text with a time or a UUID in it counts as its template.
    """
    found: dict[str, str] = {}
    for option in those(FACTS, lambda fact: fact.content):
        if _counts(settings, option):
            found |= _parts(option, FACTS[option], _stable(settings, option))
    return found | _user_data(settings) | _provisioners(settings)


def _counts(settings: ImageSettings, option: str) -> bool:
    if option in ChrootOptions.model_fields:
        return settings.chroot_disk
    return not (FACTS[option].system_disk and settings.chroot_disk)


def _stable(settings: ImageSettings, option: str) -> Any:
    """The value of an option for comparisons; one that is left out in a chroot build is that of the system disk."""
    value = getattr(settings, option)
    if option == "chroot_mounts":
        value = [list(mount) for mount in settings.mounts]
    elif value is None and FACTS[option].judged_with:
        option = FACTS[option].judged_with
        value = getattr(settings, option)
    return map_option(option, value, lambda text, place, kind: stable(settings, text, place, kind).text)


def _parts(option: str, fact: Option, value: Any) -> dict[str, str]:
    if value is None:
        return {}
    if fact.content == "shown":
        return {option: _text(value)}
    if isinstance(value, list):
        return {join_path(option, index): _hash(_text(entry).encode()) for index, entry in enumerate(value)}
    return {option: _hash(_text(value).encode())}


def _text(value: Any) -> str:
    return repr([_text(entry) for entry in value]) if isinstance(value, list) else weak_str(value)


def _hash(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _user_data(settings: ImageSettings) -> dict[str, str]:
    if settings.user_data is not None:
        return {"user_data": _hash(_stable(settings, "user_data").encode())}
    content = settings.found.user_data_file
    return {} if content is None else {"user_data_file": _hash(content)}


def _provisioners(settings: ImageSettings) -> dict[str, str]:
    """What the provisioners put into the image: `provisioners[1]: scripts/base.sh` → hash."""
    found: dict[str, str] = {}
    for index, entry in enumerate(settings.provisioners):
        place = join_path(_PROVISIONERS, index)
        for provisioner in _read(settings, entry, place):
            found |= {f"{place}: {label}": text for label, text in provisioner.parts(settings.base_dir).items()}
    return found


def content_files(settings: ImageSettings) -> list[str]:
    """Return the local files and folders that make the image, by the names that options give them.

    Names that are another text in each build are left out, and so is what a build makes itself.
    """
    found = [settings.user_data_file] if settings.user_data_file else []
    for index, entry in enumerate(settings.provisioners):
        for provisioner in _read(settings, entry, join_path(_PROVISIONERS, index)):
            found += [*provisioner.files(), *provisioner.beside(settings.base_dir)]
    return sorted(name for name in set(found) if BRACES_STAND_IN not in name)


def _read(settings: ImageSettings, entry: Any, place: str) -> Iterator[Provisioner]:
    """The provisioner that was read with the settings; one with a text that changes, anew from its templates."""

    def settled(text: str, where: str, kind: Kind) -> str:
        one = stable(settings, text, where, kind)
        return one.text.replace("{{", BRACES_STAND_IN) if kind.later is None and one.volatile else one.text

    if place in settings.found.steps:
        yield settings.found.steps[place]
    else:
        yield from parsed(map_step(entry, place, settled), settings.base_dir, place)[0]
