"""Take secrets out of texts and byte streams, in the forms in which shells and tools print them again."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterable
from urllib.parse import quote as url_quote

MASK = "<sensitive>"
SHORTEST = 3
"""Characters of the shortest secret that is masked; hiding every "1" would hide the output."""
_SHORTEST_LINE = 8
_QUOTED_NEWLINE = ("\\n", "\r\n", " ")


def forms(secret: str) -> set[str]:
    """Return a secret as it is, as sh, JSON, URLs and base64 would show it, and its single lines."""
    if len(secret.strip()) < SHORTEST:
        return set()
    bare = secret.strip("\r\n")
    found = {
        bare,
        bare.replace("'", "'\"'\"'"),
        bare.replace("'", "'\\''"),
        shlex.quote(bare)[1:-1] if shlex.quote(bare) != bare else bare,
        re.sub(r'([\\"$`])', r"\\\1", bare),
        re.sub(r"([^\w@%+=:,./-])", r"\\\1", bare),
        json.dumps(bare)[1:-1],
        json.dumps(bare, ensure_ascii=False)[1:-1],
        url_quote(bare, safe=""),
        base64.b64encode(bare.encode()).decode(),
        base64.b64encode(secret.encode()).decode(),
    }
    if "\n" in bare:
        found |= {bare.replace("\n", newline) for newline in _QUOTED_NEWLINE}
        found |= {line.strip() for line in bare.splitlines() if len(line.strip()) >= _SHORTEST_LINE}
    return {form for form in found if len(form) >= SHORTEST}


class Masker:
    """Knows the secrets of one build."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        texts = {form for secret in secrets for form in forms(secret)}
        self._text = _pattern(sorted(map(re.escape, texts), key=len, reverse=True))
        encoded = {form for text in texts for form in _encodings(text)}
        self._forms = sorted(encoded, key=len, reverse=True)
        self._bytes = re.compile(b"|".join(map(re.escape, self._forms))) if encoded else None

    def text(self, text: str) -> str:
        """Return `text` without secrets."""
        return self._text.sub(MASK, text) if self._text else text

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """Mask a piece of a stream: what can go on, and an end that may be the beginning of a secret."""
        if self._bytes is None:
            return data, b""
        data = self._bytes.sub(MASK.encode(), data)
        longest = min(len(data), len(self._forms[0]) - 1)
        for length in range(longest, 0, -1):
            end = data[-length:]
            if any(form.startswith(end) for form in self._forms if len(form) > length):
                return data[:-length], end
        return data, b""

    def finish(self, data: bytes) -> bytes:
        """Mask what is left of a stream at its end."""
        return self._bytes.sub(MASK.encode(), data) if self._bytes else data


def _pattern(alternatives: list[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(alternatives)) if alternatives else None


def _encodings(text: str) -> set[bytes]:
    found = {text.encode(errors="surrogateescape")}
    if not text.isascii():
        for name in ("latin-1", "cp1250", "iso8859-2"):
            try:
                found.add(text.encode(name))
            except UnicodeEncodeError:
                continue
    return found
