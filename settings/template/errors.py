"""Faults in a template, with the place they are at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pulumi_hyperone.provider.foundation.errors import SettingsError

_SHOWN = 80


@dataclass(frozen=True)
class TemplateFault:
    """One fault: line and column count from 1 within the text, `text` is the piece of template at that place."""

    line: int
    column: int
    text: str
    message: str

    def __str__(self) -> str:
        where = f"line {self.line}, column {self.column}"
        return f"{where}: {self.message} (at {self.text!r})" if self.text else f"{where}: {self.message}"


class TemplateError(SettingsError):
    """A template cannot be rendered. `faults` holds all that was found, in the order of the text."""

    def __init__(self, faults: Sequence[TemplateFault]) -> None:
        super().__init__("; ".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def fault_at(source: str, offset: int, message: str, end: int | None = None) -> TemplateFault:
    """Make a fault for the piece of `source` from `offset` to `end` (or to the end of its action or line)."""
    offset = min(max(offset, 0), len(source))
    line_start = source.rfind("\n", 0, offset) + 1
    if end is None:
        line_end = source.find("\n", offset)
        end = len(source) if line_end < 0 else line_end
        closing = source.find("}}", offset, end)
        end = closing + 2 if closing >= 0 else end
    shown = source[offset:end]
    shown = shown if len(shown) <= _SHOWN else shown[: _SHOWN - 1] + "…"
    return TemplateFault(source.count("\n", 0, offset) + 1, offset - line_start + 1, shown, message)
