"""Take the answer of stock.sh apart; what does not have its form is refused or left out, never guessed at."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from pulumi_hyperone.provider.foundation.errors import SshError

CUT = "cut-"
LARGEST = 64 * 2**20
"""Bytes of an answer; the machine cuts what comes after."""
MOST_LINES = 10**6
"""Lines or names of a section that are read: many short ones take far more memory than their bytes."""
NOT_WHOLE = "the machine's answer about its content is incomplete"
_FILE = re.compile(rb"[0-9.]+ ([0-7]+) (/.+)", re.DOTALL)
_DIGEST = re.compile(rb"(\\?)([0-9a-f]{64}) [ *](/.+)", re.DOTALL)


class Sections:
    """The sections by name; one that is not there is empty."""

    def __init__(self, answer: bytes, mark: str) -> None:
        """What stands before the first mark is not the script's. Raises SshError when the answer is not whole."""
        border = b"\n" + mark.encode() + b" "
        _, compressed, packed = answer.partition(border + b"gzip\n")
        content = _unpacked(packed) if compressed else answer
        _, *parts = content.split(border)
        names = [part.partition(b"\n") for part in parts]
        cut = len(content) >= LARGEST
        if not names or names[0][0] != b"begin" or (names[-1][0] != b"end" and not cut):
            raise SshError(NOT_WHOLE)
        self._content = {name.decode(errors="surrogateescape"): content for name, _, content in names}
        self.cut = [name.removeprefix(CUT) for name in self._content if name.startswith(CUT)]
        self.long: set[str] = set()
        self.cut_after = names[-1][0].split(b" ")[0].decode(errors="replace") if cut else ""

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def __getitem__(self, name: str) -> bytes:
        return self._content.get(name, b"")

    def lines(self, name: str) -> list[bytes]:
        """The lines of a section."""
        return self._parts(name, b"\n")

    def names(self, name: str) -> list[bytes]:
        """The names in a section, each of which ends in NUL; one that was cut is left out."""
        return [one for one in self._parts(name, b"\0")[:-1] if one.startswith(b"/")]

    def texts(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        """The files that have a section each: name and content."""
        for section, content in self._content.items():
            kind, _, path = section.partition(" ")
            if kind == name and path:
                yield path.encode(errors="surrogateescape"), content

    def files(self) -> dict[bytes, int]:
        """The lines about files: path → mode. Names with line ends are whole, unless Busybox told them."""
        found = {}
        for line in self.lines("files"):
            if match := _FILE.fullmatch(line):
                found[match[2].replace(b"\0", b"\n")] = int(match[1], 8)
        return found

    def digests(self, name: str) -> dict[bytes, str]:
        """The lines of sha256sum: path → hex digest."""
        found = {}
        for line in self.lines(name):
            if match := _DIGEST.fullmatch(line):
                path = _unescaped(match[3]) if match[1] else match[3]
                found[path] = match[2].decode()
        return found

    def _parts(self, name: str, end: bytes) -> list[bytes]:
        """The parts of a section, at most MOST_LINES; what has more is in `long` from then on."""
        parts = self[name].split(end, MOST_LINES)
        if len(parts) > MOST_LINES and parts[-1]:
            self.long.add(name)
            parts[-1] = b""
        return parts


def _unpacked(packed: bytes) -> bytes:
    """What gzip packed, bounded."""
    whole = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        return whole.decompress(packed, LARGEST)
    except zlib.error:
        raise SshError(NOT_WHOLE) from None


def _unescaped(name: bytes) -> bytes:
    r"""A name as it is, where sha256sum wrote `\n` and `\\`."""
    return re.sub(rb"\\(.)", lambda sign: {b"n": b"\n", b"r": b"\r"}.get(sign[1], sign[1]), name)
