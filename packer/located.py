"""Values that know where they stand in a file."""

from __future__ import annotations

import bisect
from dataclasses import dataclass
from typing import Any, TypeAlias

from pulumi_hyperone.packer.result import Place

_SHOWN = 60


@dataclass(frozen=True)
class Located:
    """A value at a place. Lists hold Located, maps hold Located under plain keys.

    `sensitive` says that the value rests on a secret; `redacted` is then the text with HIDDEN for it, if there is one.
    """

    value: Any
    place: Place
    sensitive: bool = False
    redacted: str | None = None

    def plain(self) -> Any:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, list):
            return [item.plain() for item in self.value]
        return self.value


Map: TypeAlias = dict[str, Located]


class Lines:
    """Finds line, column and text of an offset in a file's text."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self._text = text
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def place(self, offset: int) -> Place:
        """Return the place of an offset (characters from 0)."""
        line = bisect.bisect_right(self._starts, offset)
        return Place(self.file, line, offset - self._starts[line - 1] + 1, self._shown(offset))

    def at(self, line: int, column: int) -> Place:
        """Return the place of a line and column (both from 1)."""
        line = min(max(line, 1), len(self._starts))
        return Place(self.file, line, column, self._shown(self._starts[line - 1] + max(column, 1) - 1))

    def _shown(self, offset: int) -> str:
        end = self._text.find("\n", offset)
        piece = self._text[offset : end if end >= 0 else None].strip()
        return piece if len(piece) <= _SHOWN else piece[: _SHOWN - 1] + "…"
