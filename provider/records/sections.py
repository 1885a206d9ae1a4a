"""Take the answer of stock.sh apart; what does not have its form is refused or left out, never guessed at."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_hyperone.provider.foundation.errors import SshError

CUT = "cut-"
_DIGEST = re.compile(rb"(\\?)([0-9a-f]{32}|[0-9a-f]{64}) [ *](/.+)", re.DOTALL)


class Sections:
    """The sections by name; one that is not there is empty."""

    def __init__(self, answer: bytes, mark: str, largest: int) -> None:
        """Raises SshError when the answer is not whole."""
        before, *parts = answer.split(b"\n" + mark.encode() + b" ")
        names = [part.partition(b"\n") for part in parts]
        if before.strip() or not names or names[0][0] != b"begin" or names[-1][0] != b"end":
            raise SshError("the machine's answer about its content is not whole")
        self._content = {name.decode(errors="replace"): content for name, _, content in names}
        self.cut = [name for name, content in self._content.items() if len(content) >= largest]
        self.cut += [name.removeprefix(CUT) for name in self._content if name.startswith(CUT)]

    def __contains__(self, name: str) -> bool:
        return name in self._content

    def __getitem__(self, name: str) -> bytes:
        return self._content.get(name, b"")

    def lines(self, name: str) -> list[bytes]:
        """The lines of a section."""
        return self[name].split(b"\n")

    def names(self, name: str) -> list[bytes]:
        """The names in a section, each of which ends in NUL; one that was cut is left out."""
        return [one for one in self[name].split(b"\0")[:-1] if one.startswith(b"/")]

    def files(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        """The files in a section: name and content, both ended by NUL."""
        parts = self[name].split(b"\0")[:-1]
        yield from zip(parts[::2], parts[1::2], strict=False)

    def digests(self, name: str) -> dict[bytes, str]:
        """The lines of md5sum or sha256sum: path → hex digest."""
        found = {}
        for line in self.lines(name):
            if match := _DIGEST.fullmatch(line):
                path = _unescaped(match[3]) if match[1] else match[3]
                found[path] = match[2].decode()
        return found


def _unescaped(name: bytes) -> bytes:
    r"""A name as it is, where md5sum wrote `\n` and `\\`."""
    return re.sub(rb"\\(.)", lambda sign: {b"n": b"\n", b"r": b"\r"}.get(sign[1], sign[1]), name)
