"""What Packer's loose typing makes of a value, where that may surprise.

`kind` is that of the step an option belongs to, "" for an option of an image.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pulumi_hyperone.packer.option_names import is_command_list, is_duration, is_list
from pulumi_hyperone.provider.foundation.durations import seconds_of


def surprises(kind: str, option: str, value: Any) -> Iterator[str]:
    """Yield warnings: a text split at its commas, a bare number of nanoseconds, an empty list with a meaning."""
    if is_command_list(kind, option) and isinstance(value, str) and "," in value:
        count = value.count(",") + 1
        yield f"a single string: it is split at its commas into {count} commands, as in Packer; write a list"
    if is_duration(kind, option) and isinstance(value, int | float) and not isinstance(value, bool) and value:
        yield 'a bare number is a number of nanoseconds, as in Packer; write a string such as "5m"'
    if option == "chroot_mounts" and value == []:
        yield "an empty list means the five default mounts, as in Packer"


def duration_fault(kind: str, option: str, value: Any) -> str | None:
    """Return what is wrong with a text where a duration is expected, once its templates are rendered."""
    if not is_duration(kind, option) or not isinstance(value, str) or not value or "{{" in value:
        return None
    try:
        seconds_of(value)
    except ValueError as error:
        return str(error)
    return None


def note(kind: str, option: str, value: Any) -> str:
    """Say how a value is understood that is not written as what it is."""
    if is_list(kind, option) and isinstance(value, str):
        parts = value.split(",") if value else []
        return "an empty list, which is not the default" if not parts else f"a list of {len(parts)}, split at commas"
    return "byte for byte" if option == "image_description" else ""
