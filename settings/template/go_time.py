"""Times written by Go's reference layouts ("2006-01-02") and by strftime letters, always UTC."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

LATEST = 253_402_300_799
"""Unix seconds of the last second of the year 9999."""

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

# The order is Go's: the longer of two chunks that begin alike comes first.
_CHUNK = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|002|01|02|03|04|05|06|15|1|2006|2|__2|_2(?!006)|3|4|5|PM|pm"
    r"|-07:00:00|-07:00|-070000|-0700|-07|Z07:00:00|Z07:00|Z070000|Z0700|Z07|[.,](?:0+|9+)(?!\d)"
)
_CHUNKS: dict[str, Callable[[datetime], str]] = {
    "January": lambda t: _MONTHS[t.month - 1],
    "Jan": lambda t: _MONTHS[t.month - 1][:3],
    "1": lambda t: str(t.month),
    "01": lambda t: f"{t.month:02}",
    "Monday": lambda t: _DAYS[t.weekday()],
    "Mon": lambda t: _DAYS[t.weekday()][:3],
    "2": lambda t: str(t.day),
    "_2": lambda t: f"{t.day:2}",
    "02": lambda t: f"{t.day:02}",
    "__2": lambda t: f"{t.timetuple().tm_yday:3}",
    "002": lambda t: f"{t.timetuple().tm_yday:03}",
    "15": lambda t: f"{t.hour:02}",
    "3": lambda t: str(t.hour % 12 or 12),
    "03": lambda t: f"{t.hour % 12 or 12:02}",
    "4": lambda t: str(t.minute),
    "04": lambda t: f"{t.minute:02}",
    "5": lambda t: str(t.second),
    "05": lambda t: f"{t.second:02}",
    "2006": lambda t: f"{t.year:04}",
    "06": lambda t: f"{t.year % 100:02}",
    "PM": lambda t: "PM" if t.hour >= 12 else "AM",
    "pm": lambda t: "pm" if t.hour >= 12 else "am",
    "MST": lambda _: "UTC",
}
_STRFTIME = {
    "B": "January", "b": "Jan", "m": "01", "A": "Monday", "a": "Mon", "d": "02", "H": "15", "I": "03",
    "M": "04", "S": "05", "Y": "2006", "y": "06", "p": "PM", "Z": "MST", "z": "-0700",
}  # fmt: skip


def instant(timestamp: int) -> datetime:
    """Return the UTC time of Unix seconds. Raises ValueError outside the years 1970 to 9999."""
    if not 0 <= timestamp <= LATEST:
        raise ValueError("the timestamp is not between the years 1970 and 9999")
    return datetime.fromtimestamp(timestamp, UTC)


def go_format(timestamp: int, layout: str) -> str:
    """Write Unix seconds by a Go layout, e.g. `2006-01-02T15:04:05Z07:00`; what is no layout chunk stays as it is."""
    moment = instant(timestamp)
    return _CHUNK.sub(lambda chunk: _chunk(moment, chunk.group()), layout)


def _chunk(moment: datetime, chunk: str) -> str:
    if chunk in _CHUNKS:
        return _CHUNKS[chunk](moment)
    if chunk[0] == "Z":
        return "Z"
    if chunk[0] == "-":
        return "+" + re.sub(r"\d", "0", chunk[1:])
    # whole seconds: a fraction of nines vanishes, one of noughts stays
    return chunk if chunk[1] == "0" else ""


def strftime(timestamp: int, layout: str) -> str:
    """Write Unix seconds by strftime letters, those that Packer knows; others stay as they are."""
    moment = instant(timestamp)

    def one(match: re.Match[str]) -> str:
        chunk = _STRFTIME.get(match[1])
        return _chunk(moment, chunk) if chunk else match.group()

    return re.sub(r"%([A-Za-z])", one, layout)


def strftime_layout(layout: str) -> str:
    """Return the Go layout that Packer makes of strftime letters."""
    return re.sub(r"%([A-Za-z])", lambda match: _STRFTIME.get(match[1], match.group()), layout)
