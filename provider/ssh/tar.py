"""A tar archive of a tree as a stream. Most headers are made from one template: tarfile takes several times as long."""

from __future__ import annotations

import os
import tarfile
import time
from collections.abc import Iterator
from typing import NamedTuple

from pulumi_hyperone.provider.ssh.tree import TreeEntry, TreeError

PIECE = 2**20
"""Bytes that a piece of the stream has at least, but for the last one; and at most that many and one read more."""
_BLOCK = 512
_NAME = 100
_LARGEST = 8**11
_MODE_BITS = 0o7777


def tar_stream(entries: Iterator[TreeEntry], mode: int | None, owner: tuple[int, int] | None) -> Iterator[bytes]:
    """Yield a tar archive in pieces of about PIECE bytes; `mode` is that of files, in place of their own.

    Raises TreeError when a file cannot be read or becomes shorter meanwhile.
    """
    headers = _Headers(mode, owner)
    buffer = bytearray()
    for entry in entries:
        buffer += headers.of(entry)
        if not entry.is_dir:
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

    def __init__(self, mode: int | None, owner: tuple[int, int] | None) -> None:
        self._mode = mode
        self._owner = owner
        self._now = int(time.time())
        self._templates = {is_dir: self._template(is_dir) for is_dir in (False, True)}

    def of(self, entry: TreeEntry) -> bytes:
        """Return the header of an entry, as tarfile would make it."""
        name = entry.name.encode("utf-8", "surrogateescape") + (b"/" if entry.is_dir else b"")
        if len(name) > _NAME or entry.size >= _LARGEST:
            return self._by_tarfile(entry.name, entry.is_dir, entry.mode, entry.size)
        template = self._templates[entry.is_dir]
        mode = b"%07o\0" % self._mode_of(entry.mode, entry.is_dir)
        size = b"%011o\0" % entry.size
        checksum = b"%06o\0 " % (template.checksum + sum(name) + sum(mode) + sum(size))
        return b"".join(
            (name, bytes(_NAME - len(name)), mode, template.numbers, size, template.time, checksum, template.rest)
        )

    def _mode_of(self, own: int, is_dir: bool) -> int:
        if self._mode is None:
            return own & _MODE_BITS
        return (self._mode | ((self._mode & 0o444) >> 2 if is_dir else 0)) & _MODE_BITS

    def _template(self, is_dir: bool) -> _Template:
        header = self._by_tarfile("", is_dir, 0, 0)
        numbers, time_, rest = header[108:124], header[136:148], header[156:]
        return _Template(numbers, time_, rest, sum(numbers) + sum(time_) + sum(rest) + 8 * ord(" "))

    def _by_tarfile(self, name: str, is_dir: bool, mode: int, size: int) -> bytes:
        info = tarfile.TarInfo(name)
        info.mode = self._mode_of(mode, is_dir)
        info.type = tarfile.DIRTYPE if is_dir else tarfile.REGTYPE
        info.size = size
        info.mtime = self._now
        if self._owner:
            info.uid, info.gid = self._owner
        return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
