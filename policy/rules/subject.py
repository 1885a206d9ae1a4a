"""What a rule judges: one resource of an image's build, with the rule's configuration."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from pulumi_policy.proxy import UnknownValueError

TYPES = ("pulumi-python:dynamic/hyperone:", "hyperone:index:")
"""How the type of every resource of a build starts, in programs in Python and by the plugin; the class name follows."""


@dataclass(frozen=True)
class Subject:
    """One resource: its inputs as the engine has them, and what the rule was configured with.

    Secret inputs arrive in the clear. Inputs that are not known yet, as in a preview, raise UnknownValueError when they
    are read; the rule is then left out until the update, which knows them.
    """

    props: Mapping[str, Any]
    config: Mapping[str, Any]

    @property
    def image(self) -> str:
        """The image's place in the settings: `images.NAME`."""
        return f"images.{self.props['image_key']}"

    def get(self, option: str, default: Any = None) -> Any:
        """An input; `default` when it is absent or null."""
        value = self.props.get(option)
        return default if value is None else value


def matches(value: str, patterns: list[str]) -> bool:
    """Whether a text is one of `patterns`, in which `*` stands for any characters."""
    return any(fnmatchcase(value, pattern) for pattern in patterns)


def known_texts(value: Any, place: str, skipped: frozenset[str] = frozenset()) -> Iterator[tuple[str, str]]:
    """Every text inside a value with its place in it, such as `inline[0]`; unknown ones are left out.

    `skipped` names keys of mappings whose values are left out as well.
    """
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, Mapping):
        for key in value:
            if key not in skipped:
                yield from _known_part(value, key, f"{place}.{key}", skipped)
    elif hasattr(value, "__len__"):
        for index in range(len(value)):
            yield from _known_part(value, index, f"{place}[{index}]", skipped)


def _known_part(value: Any, key: Any, place: str, skipped: frozenset[str]) -> Iterator[tuple[str, str]]:
    try:
        part = value[key]
    except UnknownValueError:
        return
    yield from known_texts(part, place, skipped)
