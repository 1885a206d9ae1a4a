"""Recognises passwords and keys that are written out in a text."""

from __future__ import annotations

import re

_KEY_FORMATS = re.compile(
    r"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20})"
    r"|\bxox[abeoprs]-[\w-]{10,}"
    r"|\bAIza[\w-]{35}"
    r"|\b[rs]k_live_\w{16,}"
    r"|\b(?:npm_[A-Za-z0-9]{36}|pypi-AgE[\w-]{20,}|dckr_pat_[\w-]{20,}|hv[sb]\.[\w-]{20,})"
    r"|\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{8,}"
)
"""Forms that nothing but a key has: PEM, AWS, GitHub, GitLab, Slack, Google, Stripe, npm, PyPI, Docker, Vault, JWT."""

_VALUE = r"\\?[\"']?(?P<value>[^\s\"';|&\\]{4,})"
_NAME = (
    r"(?:pass(?:w(?:or)?d|phrase)|pwd|secret|token|credentials?"
    r"|(?:api|access|auth|secret|private|account|encryption)[_-]?key)"
)
_PLACES = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"(?:{_NAME}|\b(?:\w+_)?pass)\\?[\"']?\s*(?:=>|:=|=|:)\s*{_VALUE}",
        rf"(?<!-)--(?:[\w-]{{1,60}}-)?(?:pass(?:w(?:or)?d|phrase)|token|(?:api|access|secret)-key)(?:\s+|=){_VALUE}",
        rf"\bAuthorization\s*:\s*\\?[\"']?\s*(?:Bearer|Basic|Token)\s+{_VALUE}",
        r"\b[a-z][a-z0-9+.-]{,30}://[^\s:/@$]*:(?P<value>[^\s@/]{3,})@",
        rf"\bsshpass\s+-p\s*{_VALUE}",
        rf"\bmysql\w*\b[^|;&]*\s-p(?=\S){_VALUE}",
        rf"\b(?:curl|wget)\b[^|;&]*\s(?:-u|--user)[\s=]*\\?[\"']?[\w.@-]+:{_VALUE}",
        r"[\w.-]:(?P<value>[^\s\"':|]{4,})[\"']?\s*\|\s*(?:sudo\s+)?chpasswd\b(?!.*\s(?:-e|--encrypted))",
        rf"password\S*\s+password\s+{_VALUE}",
    )
]
"""Where a password or key is expected: assignments, options, headers, URLs, chpasswd, debconf selections."""

_REFERENCE = re.compile(r"[$`{<%*@!/~.\[(^?]")
"""How a value starts that stands for another one: a variable, a template, a placeholder, a file."""
_WORDS = frozenset({"true", "false", "none", "null", "required", "prompt", "optional", "sufficient"})


def literal_lines(text: str) -> list[int]:
    """Numbers of the lines, from 1, that seem to hold a password or key that is written out."""
    return [number for number, line in enumerate(text.splitlines(), start=1) if _is_suspicious(line)]


def _is_suspicious(line: str) -> bool:
    if _KEY_FORMATS.search(line):
        return True
    return any(_is_literal(found["value"]) for place in _PLACES for found in place.finditer(line))


def _is_literal(value: str) -> bool:
    return not _REFERENCE.match(value) and value.lower().rstrip(",}])") not in _WORDS
