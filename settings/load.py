"""Reads the images of a stack: every fault of every image in one list."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.faults import Fault, join_path, option_of, shown, unknown_option
from pulumi_hyperone.provider.foundation.option import those
from pulumi_hyperone.provider.foundation.weak_types import duration_text
from pulumi_hyperone.settings.decoding import decode_image
from pulumi_hyperone.settings.image_settings import FACTS, ImageSettings
from pulumi_hyperone.settings.references import build_order_of, imageless_faults, reference_faults

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")
_KNOWN = ("images", "defaults")


MAX_DEPTH = 30
"""Lists and maps inside each other in one option: none has a use for more than a handful."""


def load_images(
    config: object,
    base_dir: Path,
    *,
    state_timeout: float | None = None,
    unknown: Mapping[str, Collection[str]] | None = None,
    others: Collection[str] = (),
) -> tuple[dict[str, ImageSettings], list[Fault]]:
    """Read the `hyperone-image:` namespace: `images` (name → options) and `defaults` (options for all of them).

    `config` may come from stack config or from a program's own arguments; Pulumi outputs in it must be resolved before,
    or left out and named in `unknown`, by image. `others` are names of images besides these. Local files are looked up
    below `base_dir`; `state_timeout` (seconds) is the project's, for images that have none of their own.
    Returns the images that have no fault, each after the one it builds on, and all faults, with paths such as
    `images.base.disk_size`. What an image says goes over `defaults`; tags of both are put together; null takes an
    option back to its built-in default.
    """
    if not isinstance(config, Mapping):
        return {}, [Fault("images", f"must be a mapping of image names to options, not {shown(config)}")]
    faults = [
        Fault(join_path("", str(name)), unknown_option(str(name), _KNOWN)) for name in config if name not in _KNOWN
    ]
    defaults = config.get("defaults")
    if defaults is not None and not isinstance(defaults, Mapping):
        faults.append(Fault("defaults", f"must be a mapping of options, not {shown(defaults)}"))
        defaults = None
    images = config.get("images")
    if images is None:
        return {}, [*faults, Fault("images", "is required: a mapping of image names to options")]
    if not isinstance(images, Mapping) or not images:
        return {}, [*faults, Fault("images", f"must be a mapping of image names to options, not {shown(images)}")]
    base = {} if state_timeout is None else {"state_timeout": duration_text(state_timeout)}
    loaded, image_faults = _load_all(images, base | dict(defaults or {}), base_dir, unknown or {}, others)
    return loaded, list(dict.fromkeys([*faults, *image_faults]))


def _load_all(
    images: Mapping[Any, object],
    defaults: Mapping[Any, object],
    base_dir: Path,
    unknown: Mapping[str, Collection[str]],
    others: Collection[str],
) -> tuple[dict[str, ImageSettings], list[Fault]]:
    faults: list[Fault] = []
    good: dict[str, ImageSettings] = {}
    references: dict[str, str | None] = dict.fromkeys(others)
    skipped: set[str] = set()
    for name, options in images.items():
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            faults.append(
                Fault(join_path("images", str(name)), f"{shown(name)} cannot be an image's name: {_NAME_RULE}")
            )
            references[str(name)] = None  # so that those who refer to it are not blamed
            continue
        path = join_path("images", name)
        merged = merged_options(defaults, options)
        if deep := list(_too_deep(merged)):
            faults += [_at_origin(Fault(join_path(path, option), _DEEP), path, defaults, options) for option in deep]
            continue
        settings, decoded, found = decode_image(merged, name, path, base_dir, unknown.get(name, ()))
        faults += [_at_origin(fault, path, defaults, options) for fault in found]
        references[name] = decoded.source_reference.name if decoded.source_reference else None
        skipped |= {name} if decoded.skip_create_image else set()
        if settings is not None:
            good[name] = settings
    wrong = reference_faults(references) + imageless_faults(references, skipped)
    if wrong:
        named = ((fault.path.split(".")[1], fault) for fault in wrong)
        return {}, [
            *faults,
            *(_at_origin(one, join_path("images", name), defaults, images[name]) for name, one in named),
        ]
    return {name: good[name] for name in build_order_of(references) if name in good}, faults


def build_order(settings: Mapping[str, ImageSettings]) -> list[str]:
    """Order the names of loaded images so that each comes after the one it builds on."""
    references = {name: image.source_reference for name, image in settings.items()}
    return build_order_of({name: reference.name if reference else None for name, reference in references.items()})


_DEEP = f"is nested more than {MAX_DEPTH} levels deep"
_NAME_RULE = "use up to 63 letters, digits, - and _, with a letter or digit first"


def merged_options(defaults: Mapping[Any, object], options: object) -> object:
    """Lay an image's options over the defaults; None is an image that has only those."""
    if options is None:
        return dict(defaults)
    if not isinstance(options, Mapping):
        return options
    merged = {**defaults, **options}
    for name in those(FACTS, lambda fact: fact.merged):
        ours, theirs = defaults.get(name), options.get(name)
        if isinstance(ours, Mapping) and isinstance(theirs, Mapping):
            merged[name] = {**ours, **theirs}
    return merged


def _too_deep(options: object) -> Iterator[str]:
    """Yield the options whose values hold lists or maps too many levels deep."""
    for option, value in options.items() if isinstance(options, Mapping) else ():
        level = [value]
        for _ in range(MAX_DEPTH + 1):
            level = [part for one in level for part in _parts(one)]
        if level:
            yield str(option)


def _parts(value: object) -> Iterable[object]:
    return value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()


def _at_origin(fault: Fault, path: str, defaults: Mapping[Any, object], options: object) -> Fault:
    """Move a fault to `defaults` when the option was written only there."""
    option = option_of(fault.path.removeprefix(f"{path}."))
    own = options if isinstance(options, Mapping) else {}
    if option in defaults and option not in own and fault.path != path:
        return Fault(f"defaults{fault.path.removeprefix(path)}", fault.message)
    return fault
