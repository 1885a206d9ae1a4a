"""File patterns: `*`, `?`, `[abc]`, `{a,b}` and `**` for any number of folders."""

from __future__ import annotations

import re

from pulumi_hyperone.settings.template.regex import MAX_EXPRESSION, Expression, compile_expression

_PART = re.compile(r"\*\*/|\*\*|\*|\?|\[!?\]?[^\]]*\]|[{},]|\\.|.", re.DOTALL)


def glob_expression(pattern: str) -> Expression:
    """Return the expression that matches what `pattern` matches as a whole. Raises ValueError."""
    if len(pattern) > MAX_EXPRESSION // 10:
        raise ValueError("the pattern is too long")
    written, depth = "", 0
    for part in _PART.findall(pattern):
        depth += {"{": 1, "}": -1}.get(part, 0)
        written += _part(part, depth)
    return compile_expression(f"^(?:{written})$")


def _part(part: str, depth: int) -> str:
    fixed = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
    if part in fixed:
        return fixed[part]
    if part == "," and depth > 0:
        return "|"
    if len(part) > 2 and part[0] == "[":
        return "[" + ("^" if part[1] == "!" else "") + re.escape(part[1:-1].removeprefix("!")).replace(r"\-", "-") + "]"
    return re.escape(part[-1] if part[0] == "\\" else part)
