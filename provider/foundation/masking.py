"""Take secrets out of texts and byte streams, also where line breaks or the borders of pieces cut them."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Iterable

from pulumi_hyperone.provider.foundation.secret_forms import SHORTEST, forms, to_bytes

MASK = "<sensitive>"
_BREAKS = b"\r\n"
_CUT = re.compile("\\.\\.\\.|…".encode())
_ENCODINGS = ("latin-1", "cp1250", "iso8859-2")


class Masker:
    """Knows secrets and learns more. Thread-safe.

    Line breaks do not count when a secret is looked for: `base64` and terminals break lines where they like.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self._pattern: re.Pattern[bytes] | None = None
        self._by_start: dict[int, list[bytes]] = {}
        self._longest = 0
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these too from now on."""
        with self._lock:
            new = set(secrets) - self._secrets
            if not new:
                return
            self._secrets |= new
            texts = {form for secret in self._secrets for form in forms(secret)}
            found = {form.translate(None, _BREAKS) for text in texts for form in _encodings(text)}
            ordered = sorted(found, key=len, reverse=True)
            by_start = defaultdict(list)
            for form in ordered:
                by_start[form[0]].append(form)
            self._by_start, self._longest = by_start, len(ordered[0]) if ordered else 0
            self._pattern = re.compile(b"|".join(map(re.escape, ordered))) if ordered else None

    @property
    def secrets(self) -> frozenset[str]:
        """What it knows."""
        with self._lock:
            return frozenset(self._secrets)

    def text(self, text: str) -> str:
        """Return `text` without secrets, and without the beginning of one where the text was cut short (`...`)."""
        if self._pattern is None:
            return text
        data = to_bytes(text)
        masked = self.finish(data)
        for cut in reversed([match.start() for match in _CUT.finditer(masked)]):
            begin = self._beginning(masked[:cut])
            if begin is not None and cut - begin >= SHORTEST:
                masked = masked[:begin] + MASK.encode() + masked[cut:]
        return text if masked is data else masked.decode(errors="surrogateescape")

    def split(self, data: bytes) -> tuple[bytes, bytes]:
        """Mask a piece of a stream: what can go on, and an end, as it came, that may be the beginning of a secret."""
        pattern, end = self._pattern, len(data)
        if pattern is None:
            return data, b""
        spans = _spans(pattern, data)
        begin = self._beginning(data)
        if begin is not None:
            # What ends in a secret may be the beginning of a longer one.
            end = min([begin, *(start for start, stop in spans if stop > begin)])
        return _masked(data[:end], [span for span in spans if span[1] <= end]), data[end:]

    def finish(self, data: bytes) -> bytes:
        """Mask what is left of a stream at its end."""
        pattern = self._pattern
        return _masked(data, _spans(pattern, data)) if pattern else data

    def _beginning(self, data: bytes) -> int | None:
        """Return where the end of `data` begins that is the beginning of a secret; None when no end is."""
        window = data[-2 * self._longest :]
        kept = [index for index, byte in enumerate(window) if byte not in _BREAKS][-(self._longest - 1) :]
        ends = bytes(window[index] for index in kept)
        for position, byte in enumerate(ends):
            if byte in self._by_start:
                left = ends[position:]
                if any(len(form) > len(left) and form.startswith(left) for form in self._by_start[byte]):
                    return len(data) - len(window) + kept[position]
        return None


def _spans(pattern: re.Pattern[bytes], data: bytes) -> list[tuple[int, int]]:
    """Return where secrets are, found without regard to line breaks."""
    joined = data.translate(None, _BREAKS)
    found = [match.span() for match in pattern.finditer(joined)]
    if not found or len(joined) == len(data):
        return found
    kept = [index for index, byte in enumerate(data) if byte not in _BREAKS]
    return [(kept[start], kept[stop - 1] + 1) for start, stop in found]


def _masked(data: bytes, spans: list[tuple[int, int]]) -> bytes:
    if not spans:
        return data
    pieces, position = [], 0
    for start, stop in spans:
        pieces += [data[position:start], MASK.encode()]
        position = stop
    return b"".join([*pieces, data[position:]])


def _encodings(text: str) -> set[bytes]:
    found = {to_bytes(text)}
    if not text.isascii():
        for name in _ENCODINGS:
            try:
                found.add(text.encode(name))
            except UnicodeEncodeError:
                continue
    return found
