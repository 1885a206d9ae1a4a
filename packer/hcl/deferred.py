"""Texts that only a build knows: the time, a uuid, data of the build.

They travel through expressions as templates. What a function does with one is tried on sample values: when it can be
written as a template again (the dashes taken out of a timestamp are the layout without dashes), it stays one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pulumi_hyperone.packer.hcl.nodes import HclError
from pulumi_hyperone.settings.template.context import time_ordered_uuid
from pulumi_hyperone.settings.template.go_time import go_format

RFC3339 = "2006-01-02T15:04:05Z"
SAMPLES = (1_955_145_529, 1_040_613_747, 3_003_030_309)
"""Times whose digits differ in every place, so that a false layout shows."""

_FIRST_MARK = 0xE000


@dataclass(frozen=True)
class Time:
    """The time of the build by a Go layout, in UTC."""

    layout: str

    def sample(self, number: int) -> str:
        """Return the text for one of the sample times."""
        return self.at(SAMPLES[number])

    def at(self, now: int) -> str:
        """Return the text for a time in Unix seconds."""
        return go_format(now, self.layout)

    def template(self) -> str:
        """Return the template that gives the text."""
        return "{{isotime `" + self.layout.replace("`", "'") + "`}}"


@dataclass(frozen=True)
class Action:
    """Another value of the build, e.g. `{{uuid}}`."""

    text: str

    def sample(self, number: int) -> str:
        """Return a stand-in that differs from sample to sample."""
        return f"<{self.text.strip('{}')} {number}>"

    def at(self, now: int) -> str:
        """Return a fixed value. Raises HclError where there is none before the build."""
        if self.text != "{{uuid}}":
            raise HclError(f"{self.text} is only known during the build, so no function can use it here")
        return time_ordered_uuid(now)

    def template(self) -> str:
        """Return the template that gives the text."""
        return self.text


@dataclass(frozen=True)
class Deferred:
    """A text with parts that only a build knows."""

    parts: tuple[str | Time | Action, ...]

    def sample(self, number: int) -> str:
        """Return the text for one of the samples."""
        return "".join(part if isinstance(part, str) else part.sample(number) for part in self.parts)

    def at(self, now: int) -> str:
        """Return the text for a time in Unix seconds. Raises HclError."""
        return "".join(part if isinstance(part, str) else part.at(now) for part in self.parts)

    def template(self) -> str:
        """Return the text as a template."""
        return "".join(part if isinstance(part, str) else part.template() for part in self.parts)


def joined(parts: list[str | Deferred]) -> str | Deferred:
    """Put texts together."""
    flat: list[str | Time | Action] = []
    run: list[str] = []
    for part in parts:
        for piece in part.parts if isinstance(part, Deferred) else (part,):
            if isinstance(piece, str):
                run.append(piece)
                continue
            flat += ["".join(run), piece] if any(run) else [piece]
            run = []
    flat += ["".join(run)] if any(run) else []
    if all(isinstance(piece, str) for piece in flat):
        return "".join(str(piece) for piece in flat)
    return Deferred(_merged(flat))


def _merged(parts: list[str | Time | Action]) -> tuple[str | Time | Action, ...]:
    """Make one layout of neighbouring times and the text between them, where that means the same."""
    merged: list[str | Time | Action] = []
    for part in parts:
        merged.append(part)
        for count in (2, 3):
            last = merged[-count:]
            if len(last) < count or not (isinstance(last[0], Time) and isinstance(last[-1], Time)):
                continue
            if any(isinstance(one, Action) or one == "" for one in last):
                continue
            whole = Time("".join(one.layout if isinstance(one, Time) else str(one) for one in last))
            if all(whole.sample(n) == Deferred(tuple(last)).sample(n) for n in range(len(SAMPLES))):
                merged[-count:] = [whole]
    return tuple(merged)


def holds_deferred(value: Any) -> bool:
    """Say whether a value has a Deferred anywhere in it."""
    if isinstance(value, list):
        return any(map(holds_deferred, value))
    if isinstance(value, dict):
        return any(map(holds_deferred, value.values()))
    return isinstance(value, Deferred)


def replaced(value: Any, by: Callable[[Deferred], Any]) -> Any:
    """Return a copy of `value` with every Deferred replaced."""
    if isinstance(value, Deferred):
        return by(value)
    if isinstance(value, list):
        return [replaced(item, by) for item in value]
    if isinstance(value, dict):
        return {key: replaced(item, by) for key, item in value.items()}
    return value


def apply(function: Callable[[list[Any]], Any], arguments: list[Any], now: int) -> tuple[Any, bool]:
    """Call a function with arguments that hold Deferred; return its result and whether it is exact.

    An inexact result is the one for `now` (Unix seconds); the caller has to say that it is fixed. Raises HclError.
    """
    expected = [function(_sampled(arguments, number)) for number in range(len(SAMPLES))]
    for attempt in (_by_marks, _by_layout):
        candidate = attempt(function, arguments)
        if candidate is not None and all(_sampled(candidate, n) == expected[n] for n in range(len(SAMPLES))):
            return candidate, True
    if all(result == expected[0] for result in expected):
        return expected[0], True
    return function(replaced(arguments, lambda text: text.at(now))), False


def _sampled(value: Any, number: int) -> Any:
    return replaced(value, lambda text: text.sample(number))


def _by_marks(function: Callable[[list[Any]], Any], arguments: list[Any]) -> Any:
    """Let a character of the private use area stand for each deferred part and see whether all come out again."""
    known: dict[str, Time | Action] = {}

    def mark(deferred: Deferred) -> str:
        text = ""
        for part in deferred.parts:
            if isinstance(part, str):
                text += part
            else:
                character = chr(_FIRST_MARK + len(known) % 6000)
                known[character] = part
                text += character
        return text

    def unmark(value: Any) -> Any:
        if isinstance(value, str):
            return joined([Deferred((known[letter],)) if letter in known else letter for letter in value])
        if isinstance(value, list):
            return [unmark(item) for item in value]
        if isinstance(value, dict):
            return {key: unmark(item) for key, item in value.items()}
        return value

    try:
        return unmark(function(replaced(arguments, mark)))
    except Exception:  # noqa: BLE001 - the attempt is only a guess; the samples were called before
        return None


def _by_layout(function: Callable[[list[Any]], Any], arguments: list[Any]) -> Any:
    """Do to the layout what the function does to the time."""

    def layout(deferred: Deferred) -> str:
        part = deferred.parts[0]
        if len(deferred.parts) != 1 or not isinstance(part, Time):
            raise ValueError
        return part.layout

    try:
        result = function(replaced(arguments, layout))
    except Exception:  # noqa: BLE001 - the attempt is only a guess; the samples were called before
        return None
    return Deferred((Time(result),)) if isinstance(result, str) and result else None
