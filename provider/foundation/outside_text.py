"""Text and JSON from outside, which may hold anything: made fit for one line of a message, or decoded."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

_LENGTH = 600
_COLOURS = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")


def one_line(text: str, length: int = _LENGTH) -> str:
    """Make a text one line without control characters, cut after `length` characters."""
    start = text[: 4 * length]
    line = " ".join("".join(char if char.isprintable() else " " for char in start).split())
    return line if len(line) <= length and start == text else f"{line[:length]}…"


def clean(text: str) -> str:
    """Take out what terminals do with a text, and write characters that are not seen, or turn it around, as escapes."""
    if text.isascii() and text.isprintable():
        return text
    text = _COLOURS.sub("", text.replace("\r\n", "\n"))
    return "".join(_escape(one) if one not in "\n\t" and is_unseen(one) else one for one in text)


def is_unseen(sign: str) -> bool:
    """Whether a terminal acts on a character, or it is one that is not seen: controls, formats, breaks of lines."""
    return unicodedata.category(sign)[0] == "C" or sign in "\u2028\u2029"


def _escape(one: str) -> str:
    return one.encode("unicode_escape", errors="surrogatepass").decode()


def decode_json(content: str | bytes) -> Any:
    """Decode JSON. Raises ValueError for everything else, lists in lists without end included."""
    try:
        return json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
