"""Take secrets out of texts and byte streams, also where line breaks or the borders of pieces cut them."""

from __future__ import annotations

import re
import threading
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
        self._forms: frozenset[bytes] = frozenset()
        # Replaced when it learns, never changed: others may go through it at that moment.
        self._by_head: dict[bytes, tuple[bytes, ...]] = {}
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
            by_head = dict(self._by_head)
            for form in found:
                by_head[form[:SHORTEST]] = (*by_head.get(form[:SHORTEST], ()), form)
            self._by_head = by_head
            self._longest = max(self._longest, 0, *map(len, found))
            self._forms |= found

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
        """Return where secrets are, found without regard to line breaks; those that overlap are one."""
        joined = data.translate(None, _BREAKS)
        found: list[tuple[int, int]] = []
        for start, known in self._likely(joined):
            stop = start + max((len(form) for form in known if joined.startswith(form, start)), default=0)
            if stop > start and found and start < found[-1][1]:
                found[-1] = found[-1][0], max(stop, found[-1][1])
            elif stop > start:
                found.append((start, stop))
        if not found or len(joined) == len(data):
            return found
        kept = [index for index, byte in enumerate(data) if byte not in _BREAKS]
        return [(kept[start], kept[stop - 1] + 1) for start, stop in found]

    def _likely(self, joined: bytes) -> list[tuple[int, tuple[bytes, ...]]]:
        """Return where secrets may begin, in order, each with the forms of them that begin as the data does there.

        A search for each beginning is several times faster than one for a pattern of all forms.
        """
        found = []
        for head, known in self._by_head.items():
            position = joined.find(head)
            while position >= 0:
                found.append((position, known))
                position = joined.find(head, position + 1)
        return sorted(found)

    def _beginning(self, data: bytes) -> int | None:
        """Return where the end of `data` begins that is the beginning of a secret; None when no end is."""
        window = data[-2 * self._longest :]
        end = window.translate(None, _BREAKS)[-(self._longest - 1) :]
        sizes = (len(end) - start for start, known in self._likely(end) if _goes_on(end[start:], known))
        size = next(sizes, 0) or self._short_beginning(end)
        if not size:
            return None
        kept = [index for index, byte in enumerate(window) if byte not in _BREAKS]
        return len(data) - len(window) + kept[-size]

    def _short_beginning(self, end: bytes) -> int:
        """Return how many of the last bytes begin a secret, of those that are too few for `_likely`; 0 for none."""
        heads = self._by_head
        sizes = range(min(SHORTEST - 1, len(end)), 0, -1)
        return next((size for size in sizes if any(head.startswith(end[-size:]) for head in heads)), 0)


def _goes_on(data: bytes, forms_: Iterable[bytes]) -> bool:
    return any(len(form) > len(data) and form.startswith(data) for form in forms_)


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
