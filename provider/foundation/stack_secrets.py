"""Which values of stack config are secret: what the stack's file marks with `secure:`, opened."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from pulumi_hyperone.provider.foundation.faults import join_path
from pulumi_hyperone.provider.foundation.outside_text import decode_json

Place = tuple[str | int, ...]
_PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")
_MARK = "secure"
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class StackSecret:
    """One secret text and its place: the key of stack config, then names and positions in its value."""

    place: Place
    text: str = field(repr=False)

    def __str__(self) -> str:
        """The place, such as `hyperone-image:images.web.user_data`."""
        key, *parts = self.place
        return join_path(str(key), *parts)


def stack_secrets(
    config: Mapping[str, Any], written: Mapping[str, Any], secret_keys: Collection[str] = ()
) -> list[StackSecret]:
    """Return the secrets in `config` (full key → text as the engine hands it over, secrets opened).

    `written` is the config of the stack's file (see `written_config`). The engine says of whole keys only that a secret
    is in them: in those of `secret_keys` in which the file marks none, every text counts as secret.
    """
    found: list[StackSecret] = []
    for key, value in config.items():
        marked = list(_marked(written.get(key), _opened(value), (key,)))
        found += marked or (_texts(value, (key,)) if key in secret_keys else ())
    return found


def stack_file(folder: Path, stack: str) -> Path | None:
    """Return the file of `stack`, which may be missing; None when there is no project in `folder` or above."""
    for project in (place / name for place in (folder, *folder.parents) for name in _PROJECT_FILES):
        if project.is_file():
            settings = project.parent / str(_read(project).get("stackConfigDir") or "")
            return settings / f"Pulumi.{stack.rpartition('/')[2]}{project.suffix}"
    return None


def written_config(folder: Path, stack: str) -> dict[str, Any]:
    """Return the config in the file of `stack`, whose project is in `folder` or above; empty when there is none."""
    file = stack_file(folder, stack)
    config = _read(file).get("config") if file else None
    if not isinstance(config, Mapping):
        return {}
    return {str(key).replace(":config:", ":", 1): value for key, value in config.items()}


def _read(path: Path) -> dict[str, Any]:
    with contextlib.suppress(OSError, ValueError, yaml.YAMLError, RecursionError):
        found = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe one
        if isinstance(found, dict):
            return found
    return {}


def _marked(written: Any, value: Any, place: Place) -> Iterator[StackSecret]:
    """Follow both side by side; yield what is secret in `value`."""
    if isinstance(written, Mapping):
        if set(written) == {_MARK} and isinstance(written[_MARK], str):
            yield from _texts(value, place)
        elif isinstance(value, Mapping):
            for name in written.keys() & value.keys():
                yield from _marked(written[name], value[name], (*place, str(name)))
    elif isinstance(written, list) and isinstance(value, list):
        for position, (one, other) in enumerate(zip(written, value, strict=False)):
            yield from _marked(one, other, (*place, position))


def _texts(value: Any, place: Place) -> Iterator[StackSecret]:
    """Yield every text in a secret value; a text that is JSON is one itself."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(part, (*place, str(name)))
    elif isinstance(value, list):
        for position, part in enumerate(value):
            yield from _texts(part, (*place, position))
    elif isinstance(value, str | int | float) and not isinstance(value, bool):
        yield StackSecret(place, str(value))
        opened = _opened(value)
        if isinstance(opened, Mapping | list):
            yield from _texts(opened, place)


def _opened(value: Any) -> Any:
    """Return a structured value, which the engine hands over as JSON, as what it is."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        with contextlib.suppress(ValueError):
            return decode_json(value)
    return value
