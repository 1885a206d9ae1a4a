"""A tar archive of files as a stream. Most headers are made from one template: tarfile takes several times as long."""

from __future__ import annotations

import os
import tarfile
import time
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pulumi_hyperone.provider.ssh.tree import TreeEntry, TreeError

PIECE = 2**20
"""Bytes that a piece of the stream has at least, but for the last one; and at most that many and one read more."""
_BLOCK = 512
_NAME = 100
_LARGEST = 8**11
_MODE_BITS = 0o777


def tar_stream(entries: Iterable[TreeEntry], owner: tuple[int, int] | None) -> Iterator[bytes]:
    """Yield a tar archive of the files among `entries` in pieces of about PIECE bytes.

    Raises TreeError when a file cannot be read or becomes shorter meanwhile.
    """
    headers = _Headers(owner)
    buffer = bytearray()
    for entry in entries:
        buffer += headers.of(entry)
        yield from _contents(entry, buffer)
        buffer += bytes(-entry.size % _BLOCK)
        if len(buffer) >= PIECE:
            yield bytes(buffer)
            buffer.clear()
    yield bytes(buffer) + bytes(2 * _BLOCK)


def _contents(entry: TreeEntry, buffer: bytearray) -> Iterator[bytes]:
    """Put a file's bytes into `buffer`; what gets too large is yielded."""
    left = entry.size
    try:
        file = os.open(entry.path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise TreeError(f"{entry.path} cannot be read: {error.strerror}") from None
    try:
        while left and (piece := os.read(file, min(left, PIECE))):
            left -= len(piece)
            buffer += piece
            if len(buffer) >= PIECE:
                yield bytes(buffer)
                buffer.clear()
    except OSError as error:
        raise TreeError(f"{entry.path} cannot be read: {error.strerror}") from None
    finally:
        os.close(file)
    if left:
        raise TreeError(f"{entry.path} became shorter while it was read")


class _Template(NamedTuple):
    """A header without name, mode and size: what is between and after them, and the sum of its bytes."""

    numbers: bytes
    time: bytes
    rest: bytes
    checksum: int


class _Headers:
    """Headers of one archive; times are now."""

    def __init__(self, owner: tuple[int, int] | None) -> None:
        self._owner = owner
        self._now = int(time.time())
        self._template = self._make_template()

    def of(self, entry: TreeEntry) -> bytes:
        """Return the header of a file, as tarfile would make it."""
        name = entry.name.encode("utf-8", "surrogateescape")
        if len(name) > _NAME or entry.size >= _LARGEST:
            return self._by_tarfile(entry.name, entry.mode, entry.size)
        template = self._template
        mode = b"%07o\0" % (entry.mode & _MODE_BITS)
        size = b"%011o\0" % entry.size
        checksum = b"%06o\0 " % (template.checksum + sum(name) + sum(mode) + sum(size))
        return b"".join(
            (name, bytes(_NAME - len(name)), mode, template.numbers, size, template.time, checksum, template.rest)
        )

    def _make_template(self) -> _Template:
        header = self._by_tarfile("", 0, 0)
        numbers, time_, rest = header[108:124], header[136:148], header[156:]
        return _Template(numbers, time_, rest, sum(numbers) + sum(time_) + sum(rest) + 8 * ord(" "))

    def _by_tarfile(self, name: str, mode: int, size: int) -> bytes:
        info = tarfile.TarInfo(name)
        info.mode = mode & _MODE_BITS
        info.size = size
        info.mtime = self._now
        if self._owner:
            info.uid, info.gid = self._owner
        return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
