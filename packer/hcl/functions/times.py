"""Functions on time. The time itself is the build's: known later."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from pulumi_hyperone.packer.hcl.deferred import RFC3339, Action, Deferred, Time, joined
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function
from pulumi_hyperone.packer.hcl.functions.strings import text_of
from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.settings.template.go_time import go_format, strftime_layout

_LAYOUTS = {
    "YYYY": "2006", "YY": "06", "MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1", "DD": "02", "D": "2",
    "EEEE": "Monday", "EEE": "Mon", "hh": "15", "HH": "03", "H": "3", "AA": "PM", "aa": "pm", "mm": "04", "m": "4",
    "ss": "05", "s": "5", "ZZZZZ": "-07:00", "ZZZZ": "-0700", "ZZZ": "MST", "Z": "Z07:00",
}  # fmt: skip
_PART = re.compile(r"'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+", re.DOTALL)
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


@function("timestamp", takes_deferred=True)
def _timestamp(_: Surroundings) -> Deferred:
    return Deferred((Time(RFC3339),))


@function("uuidv4", takes_deferred=True)
def _uuidv4(_: Surroundings) -> Deferred:
    return Deferred((Action("{{uuid}}"),))


@function("legacy_isotime", takes_deferred=True)
def _isotime(_: Surroundings, layout: Any = RFC3339) -> Deferred:
    return Deferred((Time(text_of(layout)),))


@function("legacy_strftime", takes_deferred=True)
def _strftime(_: Surroundings, layout: Any) -> Deferred:
    return Deferred((Time(strftime_layout(text_of(layout))),))


def _moment(text: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(text_of(text))
    except ValueError:
        raise HclError("expected a time such as 2026-01-31T12:00:00Z") from None
    if moment.tzinfo is None:
        raise HclError("the time needs a zone, such as Z or +01:00")
    return moment


@function("formatdate", takes_deferred=True)
def _formatdate(_: Surroundings, layout: Any, time: Any) -> str | Deferred:
    parts = _parts(text_of(layout))
    if isinstance(time, Deferred):
        if time != Deferred((Time(RFC3339),)):
            raise HclError("formatdate can defer timestamp() itself, but no time that is computed from it")
        return joined([_deferred(part) for part in parts])
    moment = _moment(time)
    shown = int(moment.replace(tzinfo=UTC).timestamp())
    return "".join(_written(part, shown, moment) for part in parts)


def _parts(layout: str) -> list[str]:
    """Cut a layout into runs of one letter, quoted texts and the rest. Raises HclError."""
    parts: list[str] = []
    position = 0
    while position < len(layout):
        found = _PART.match(layout, position)
        if found is None:
            raise HclError("a quote in the layout is not closed")
        parts.append(found.group())
        position = found.end()
    return parts


def _literal(part: str) -> str | None:
    """Return the text that a part stands for itself with, None for letters of the layout."""
    if part.startswith("'"):
        return part[1:-1].replace("''", "'")
    return part if not part[0].isalpha() else None


def _go_layout(part: str) -> str:
    if part not in _LAYOUTS:
        raise HclError(f"{part!r} is not part of a layout; put plain text in single quotes")
    return _LAYOUTS[part]


def _deferred(part: str) -> str | Deferred:
    literal = _literal(part)
    if literal is not None:
        return literal
    if part == "h":
        raise HclError('the hour without a leading zero ("h") cannot be deferred to the build; write "hh"')
    layout = _go_layout(part)
    return "Z" if layout == "Z07:00" else Deferred((Time(layout),))


def _written(part: str, shown: int, moment: datetime) -> str:
    literal = _literal(part)
    if literal is not None:
        return literal
    if part == "h":
        return str(moment.hour)
    layout = _go_layout(part)
    zone = moment.strftime("%z") or "+0000"
    if layout.startswith(("-", "Z")) and zone != "+0000":
        return zone if layout == "-0700" else f"{zone[:3]}:{zone[3:]}"
    return go_format(shown, layout)


@function("timeadd")
def _timeadd(_: Surroundings, time: Any, duration: Any) -> str:
    written = text_of(duration)
    if not written.strip("+-") or _DURATION.sub("", written.lstrip("+-")):
        raise HclError("expected a duration such as 10m or 1h30m")
    seconds = sum(float(amount) * _UNITS[unit] for amount, unit in _DURATION.findall(written))
    try:
        moved = _moment(time) + timedelta(seconds=-seconds if written.startswith("-") else seconds)
    except OverflowError:
        raise HclError("the time is out of range") from None
    return moved.isoformat(timespec="seconds").replace("+00:00", "Z")
