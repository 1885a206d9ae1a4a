"""Take secrets out of texts and byte streams, also where line breaks or the borders of pieces cut them."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable

from pulumi_hyperone.provider.foundation.secret_forms import SHORTEST, forms, to_bytes

MASK = "<sensitive>"
_BREAKS = b"\r\n"
_CUT = re.compile("\\.\\.\\.|…".encode())
_SHORT = 2**10
"""Bytes up to which a text is searched for each secret alone, without a pattern of all."""
_ENCODINGS = ("latin-1", "cp1250", "iso8859-2")


class Masker:
    """Knows secrets and learns more. Thread-safe.

    Line breaks do not count when a secret is looked for: `base64` and terminals break lines where they like.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: set[str] = set()
        self._forms: frozenset[bytes] = frozenset()
        self._pattern: re.Pattern[bytes] | None = None
        self._by_head: dict[bytes, list[bytes]] = {}
        self._longest = 0
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these too from now on."""
        with self._lock:
            new = set(secrets) - self._secrets
            if not new:
                return
            self._secrets |= new
            texts = {form for secret in new for form in forms(secret)}
            found = {form.translate(None, _BREAKS) for text in texts for form in _encodings(text)} - self._forms
            for form in found:
                self._by_head.setdefault(form[:SHORTEST], []).append(form)
            self._longest = max(self._longest, 0, *map(len, found))
            self._forms, self._pattern = self._forms | found, None

    @property
    def secrets(self) -> frozenset[str]:
        """What it knows."""
        with self._lock:
            return frozenset(self._secrets)

    def text(self, text: str) -> str:
        """Return `text` without secrets, and without the beginning of one where the text was cut short (`...`)."""
        if not self._forms:
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
        if not self._forms:
            return data, b""
        spans, end = self._spans(data), len(data)
        begin = self._beginning(data)
        if begin is not None:
            # What ends in a secret may be the beginning of a longer one.
            end = min([begin, *(start for start, stop in spans if stop > begin)])
        return _masked(data[:end], [span for span in spans if span[1] <= end]), data[end:]

    def finish(self, data: bytes) -> bytes:
        """Mask what is left of a stream at its end."""
        return _masked(data, self._spans(data))

    def _spans(self, data: bytes) -> list[tuple[int, int]]:
        """Return where secrets are, found without regard to line breaks."""
        joined = data.translate(None, _BREAKS)
        known, pattern = self._forms, self._pattern
        if pattern is None:
            # Rows are short, hold no secret, and each build brings new ones: a pattern for each time took seconds.
            if not known or (len(joined) < _SHORT and not self._is_in(joined)):
                return []
            pattern = re.compile(b"|".join(map(re.escape, sorted(known, key=len, reverse=True))))
            with self._lock:
                if self._forms is known:
                    self._pattern = pattern
        found = [match.span() for match in pattern.finditer(joined)]
        if not found or len(joined) == len(data):
            return found
        kept = [index for index, byte in enumerate(data) if byte not in _BREAKS]
        return [(kept[start], kept[stop - 1] + 1) for start, stop in found]

    def _is_in(self, joined: bytes) -> bool:
        for position in range(len(joined)):
            here = self._by_head.get(joined[position : position + SHORTEST], ())
            if any(joined.startswith(form, position) for form in here):
                return True
        return False

    def _beginning(self, data: bytes) -> int | None:
        """Return where the end of `data` begins that is the beginning of a secret; None when no end is."""
        window = data[-2 * self._longest :]
        kept = [index for index, byte in enumerate(window) if byte not in _BREAKS][-(self._longest - 1) :]
        ends = bytes(window[index] for index in kept)
        for position in range(len(ends)):
            left = ends[position:]
            if len(left) >= SHORTEST:
                likely: Iterable[bytes] = self._by_head.get(left[:SHORTEST], ())
            else:
                likely = [form for head in list(self._by_head) if head.startswith(left) for form in self._by_head[head]]
            if any(len(form) > len(left) and form.startswith(left) for form in likely):
                return len(data) - len(window) + kept[position]
        return None


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
