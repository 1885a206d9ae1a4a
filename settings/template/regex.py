"""RE2 expressions, the kind Go has: linear time whatever the expression, so no template can make us hang."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol, cast

import re2  # type: ignore[import-untyped]

MAX_EXPRESSION = 10_000
"""Characters an expression may have."""


class Match(Protocol):
    """One match, as in Python's `re`."""

    def start(self) -> int:
        """Return where the match begins."""

    def end(self) -> int:
        """Return where the match ends."""

    def group(self, number: int = 0) -> str | None:
        """Return the text of a group, None when it took no part."""

    def groups(self) -> tuple[str | None, ...]:
        """Return all groups but the whole."""


class Expression(Protocol):
    """A compiled expression."""

    groups: int
    groupindex: dict[str, int]

    def finditer(self, text: str) -> Iterator[Match]:
        """Yield matches from left to right."""


def compile_expression(expression: str, *, ignore_case: bool = False) -> Expression:
    """Compile an RE2 expression. Raises ValueError with the reason."""
    if len(expression) > MAX_EXPRESSION:
        raise ValueError(f"the expression is longer than {MAX_EXPRESSION} characters")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = not ignore_case
    try:
        return cast(Expression, re2.compile(_encodable(expression), options))
    except re2.error as error:
        reason = error.args[0] if error.args else "unknown reason"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else reason
        raise ValueError(f"the expression is not understood: {reason}") from None


def matches(expression: Expression, text: str) -> Iterator[Match]:
    """Yield the matches that Go finds: an empty one right behind another match does not count."""
    previous = -1
    for match in expression.finditer(_encodable(text)):
        if match.start() == match.end() == previous:
            continue
        previous = match.end()
        yield match


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
