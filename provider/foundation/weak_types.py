"""Pydantic types that decode as loosely as Packer's decoder does, so that settings can be brought over as they are.

Facts: features.md W1-W6, measured against packer-plugin-sdk 0.2.13. Where that decoder guesses silently (a fraction cut
off to make a whole number, `true` as 1 GiB, `010` as octal, 7 as true), these types refuse instead.

Error texts hold no values: `provider.faults` adds the refused value unless the option is secret.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from pulumi_hyperone.provider.foundation.durations import MAX_DURATION, seconds_of

_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,30}|0[xX][0-9a-fA-F]{1,25})", re.ASCII)
LEADING_ZERO = re.compile(r"[+-]?0[\d_]+(\.\d*)?", re.ASCII)
"""A number that is written with leading zeros."""
LEADING_ZEROS = "leading_zeros"
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"", "0", "f", "F", "false", "FALSE", "False"})


@dataclass(frozen=True)
class Note:
    """Something a person should know about a value that was accepted; `option` is the name of the option."""

    option: str
    message: str


def notes_context() -> dict[str, list[Note]]:
    """Make a validation context that collects notes: pass it as `context=` and read `["notes"]` of it afterwards."""
    return {"notes": []}


@dataclass(frozen=True)
class Expects:
    """Annotation: what an option wants, in words that follow "must be" ("a number of GiB greater than 0")."""

    text: str


@dataclass(frozen=True)
class Secret:
    """Annotation: the value of this option is never shown, not even in part."""


class WeakModel(BaseModel):
    """Base of settings models: frozen, unknown options refused, and null the same as absent (as in Packer).

    `old_names` maps former or foreign option names to what replaced them, for the message on unknown options.
    """

    # Built at the first use: a run reads few kinds of settings, and none of the bases.
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)
    old_names: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _drop_nulls(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            return {key: value for key, value in data.items() if value is not None}
        return data


def _note(info: ValidationInfo, message: str) -> None:
    context = info.context
    if isinstance(context, dict) and isinstance(context.get("notes"), list):
        context["notes"].append(Note(info.field_name or "", message))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _without_leading_zeros(text: str) -> None:
    """Refuse `010`: it is ten to people and eight to YAML."""
    if LEADING_ZERO.fullmatch(text):
        raise PydanticCustomError(LEADING_ZEROS, "must be a number without leading zeros")


def weak_float(value: object) -> float:
    """Make a number of a number or a decimal text (empty: 0). NaN, infinities and leading zeros are refused."""
    if isinstance(value, str):
        if value == "":
            return 0.0
        _without_leading_zeros(value)
        if not _DECIMAL.fullmatch(value):
            raise PydanticCustomError("weak_number", "must be a number")
        value = float(value)
    if not _is_number(value):
        raise PydanticCustomError("weak_number", "must be a number")
    try:
        number = float(value)  # type: ignore[arg-type]  # a number by now
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise PydanticCustomError("weak_number", "must be a finite number")
    return number


def weak_int(value: object) -> int:
    """Make a whole number of a number or a decimal or 0x text (empty: 0). Fractions and leading zeros are refused."""
    if isinstance(value, str):
        if value == "":
            return 0
        _without_leading_zeros(value)
        if not _WHOLE.fullmatch(value):
            raise PydanticCustomError("weak_whole_number", "must be a whole number")
        return int(value, 0)
    if not _is_number(value) or (isinstance(value, float) and not value.is_integer()):
        raise PydanticCustomError("weak_whole_number", "must be a whole number")
    return int(value)  # type: ignore[call-overload, no-any-return]  # a whole number by now


def weak_bool(value: object) -> bool:
    """Make a truth value of a bool, of 1 or 0, or of one of Go's texts (1 t true, 0 f false; empty: false)."""
    if isinstance(value, str):
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
    elif isinstance(value, bool | int | float) and value in (0, 1):
        return bool(value)
    raise PydanticCustomError("weak_bool", "must be true or false")


def weak_str(value: object) -> str:
    """Make a text of a text, a number (4.0 is "4": Pulumi hands over all numbers as floats) or a bool ("1" or "0")."""
    if isinstance(value, str):
        return _encodable(value)
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, int):
        return format(Decimal(value), "f")
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    raise PydanticCustomError("weak_text", "must be a string")


def _encodable(text: str) -> str:
    """Refuse what no file, request or machine can take: lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("weak_text", "must be a string of valid characters") from None
    return text


def weak_list(value: object) -> list[object]:
    """Make a list of a list, of a text split at commas without trimming (empty text: empty list), or of one value."""
    if isinstance(value, str):
        return list(value.split(",")) if value else []
    if isinstance(value, bytes | bytearray):
        raise PydanticCustomError("weak_list", "must be a list")
    if isinstance(value, Sequence):
        return list(value)
    if isinstance(value, Mapping):
        return [value] if value else []
    if isinstance(value, bool | int | float):
        return [value]
    raise PydanticCustomError("weak_list", "must be a list")


def split_commands(value: object, info: ValidationInfo) -> list[object]:
    """Make a list of commands as `weak_list` does, with a note where one text was split."""
    if isinstance(value, str) and "," in value:
        _note(info, "is one string and was split at its commas, as Packer does; write a list instead")
    return weak_list(value)


def weak_map(value: object) -> dict[object, object]:
    """Make a mapping of a mapping, or of a list of mappings merged in order (an empty list: empty mapping)."""
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | tuple) and all(isinstance(part, Mapping) for part in value):
        return {key: item for part in value for key, item in part.items()}
    raise PydanticCustomError("weak_map", "must be a mapping of names to values")


def duration_text(seconds: float) -> str:
    """Write seconds as a Go duration text, which `seconds_of` reads back: 600.0 is `600s`, 0.5 is `0.5s`."""
    return f"{weak_str(seconds)}s"


def weak_duration(value: object, info: ValidationInfo) -> float:
    """Make seconds of a Go duration text; a bare number is nanoseconds as in Packer, with a note.

    Text without a unit is refused.
    """
    if isinstance(value, str):
        try:
            return seconds_of(value)
        except ValueError as error:
            raise PydanticCustomError("weak_duration", str(error)) from None
    if not _is_number(value):
        raise PydanticCustomError("weak_duration", "must be a duration such as 5m, 1h2m3s or 500ms")
    seconds = weak_float(value) / 1e9
    if not abs(seconds) < MAX_DURATION:
        raise PydanticCustomError("weak_duration", "must be a duration of less than 292 years")
    _note(
        info, f"is a bare number and was read as nanoseconds, as Packer does ({seconds:g} s); write a unit, such as 5m"
    )
    return seconds


WeakFloat = Annotated[float, BeforeValidator(weak_float)]
"""Finite number (W1)."""
WeakInt = Annotated[int, BeforeValidator(weak_int)]
"""Whole number (W1)."""
WeakBool = Annotated[bool, BeforeValidator(weak_bool)]
"""Truth value (W6)."""
WeakStr = Annotated[str, BeforeValidator(weak_str)]
"""Text (W2)."""
WeakStrList = Annotated[list[WeakStr], BeforeValidator(weak_list)]
"""List of texts (W3, W4)."""
WeakCommandList = Annotated[list[WeakStr], BeforeValidator(split_commands)]
"""List of commands (W3, W4): a text is split at commas like any list, and that leaves a note."""
WeakStrMap = Annotated[dict[WeakStr, WeakStr], BeforeValidator(weak_map)]
"""Mapping of texts to texts (W2)."""
WeakListOfStrLists = Annotated[list[WeakStrList], BeforeValidator(weak_list)]
"""List of lists of texts (W6)."""
Duration = Annotated[float, BeforeValidator(weak_duration)]
"""Seconds (W5)."""
