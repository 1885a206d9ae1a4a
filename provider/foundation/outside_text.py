"""Text and JSON from outside, which may hold anything: made fit for one line of a message, or decoded."""

from __future__ import annotations

import json
from typing import Any

_LENGTH = 600


def one_line(text: str, length: int = _LENGTH) -> str:
    """Make a text one line without control characters, cut after `length` characters."""
    start = text[: 4 * length]
    line = " ".join("".join(char if char.isprintable() else " " for char in start).split())
    return line if len(line) <= length and start == text else f"{line[:length]}…"


def decode_json(content: str | bytes) -> Any:
    """Decode JSON. Raises ValueError for everything else, lists in lists without end included."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
