"""Texts for and from the shell: quoting, command lines, the last lines of an output, how a command ended."""

from __future__ import annotations

import shlex
from collections import deque
from collections.abc import Callable

from pulumi_hyperone.provider.foundation.outside_text import clean

TAIL_LINES = 15
TAIL_LINE_LENGTH = 500
_KEPT = 16 * TAIL_LINE_LENGTH
"""Bytes of a line that are kept, so that a secret is whole when it is looked for."""
KILLED = -1
"""Exit code of a command that a signal ended, so that it has none."""


class Tail:
    """The last lines of a byte stream: bounded in number and length, in any encoding; masked before they are cut."""

    def __init__(self, lines: int = TAIL_LINES, mask: Callable[[str], str] = str) -> None:
        self._mask = mask
        self._lines: deque[str] = deque(maxlen=lines)
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        *whole, rest = (self._rest + data).split(b"\n")
        for line in whole[-(self._lines.maxlen or 0) :]:
            self._lines.extend(_shown(line))
        self._rest = rest if len(rest) <= _KEPT else rest.rpartition(b"\r")[2][:_KEPT]

    def lines(self) -> tuple[str, ...]:
        """Return the lines so far, an unfinished one included."""
        lines = [*self._lines, *_shown(self._rest)][-(self._lines.maxlen or 0) :]
        masked = filter(None, clean(self._mask("\n".join(lines))).split("\n"))
        return tuple(line if len(line) <= TAIL_LINE_LENGTH else line[:TAIL_LINE_LENGTH] + "..." for line in masked)


def _shown(line: bytes) -> list[str]:
    """What a terminal shows of a line, unless that is blank."""
    # A progress bar rewrites its line with carriage returns: what stood there last is the line.
    text = line.decode(errors="replace").rstrip("\r").rsplit("\r", 1)[-1].rstrip()
    return [text[:_KEPT]] if text else []


def failure_text(what: str, code: int, tail: tuple[str, ...]) -> str:
    """Say in words how a command ended, with its last output lines."""
    ended = "was ended by a signal" if code == KILLED else f"ended with exit code {code}"
    if not tail:
        return f"{what} {ended} and printed nothing"
    return "\n".join([f"{what} {ended}; its last output:", *(f"    {line}" for line in tail)])


def shorten(text: str, limit: int = 200) -> str:
    """Cut a text to one line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 3] + "..."


def quote(text: str) -> str:
    """Quote a text for sh so that it arrives unchanged, whatever is in it; NUL cannot be passed and is refused."""
    if "\0" in text:
        raise ValueError("a text for the shell cannot hold a NUL character")
    return shlex.quote(text)


def script(text: str, *arguments: str) -> str:
    """Return the command line that runs a sh script with positional arguments, each quoted."""
    return " ".join(["/bin/sh -c", quote(text), "sh", *map(quote, arguments)])
