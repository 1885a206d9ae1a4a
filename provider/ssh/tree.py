"""The files of a local folder in a fixed order, symbolic links followed as Packer does."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


class TreeError(Exception):
    """A local file or folder cannot be uploaded; the message names it."""


@dataclass(frozen=True)
class TreeEntry:
    """A file or folder: its name below the root with forward slashes, where it is, permission bits, bytes."""

    name: str
    path: str
    is_dir: bool
    mode: int
    size: int


def walk(root: Path) -> Iterator[TreeEntry]:
    """Yield everything below `root`, folders before what is in them, sorted by name. Raises TreeError."""
    yield from _walk(os.fspath(root), "", (os.path.realpath(root),))


def _walk(folder: str, prefix: str, above: tuple[str, ...]) -> Iterator[TreeEntry]:
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise TreeError(f"{folder} cannot be read: {error.strerror}") from None
    for name in names:
        path = f"{folder}/{name}"
        try:
            found = os.stat(path)
        except OSError as error:
            kind = "points nowhere" if os.path.islink(path) else "cannot be read"
            raise TreeError(f"{path} {kind}: {error.strerror}") from None
        mode = stat.S_IMODE(found.st_mode) & 0o777
        if stat.S_ISDIR(found.st_mode):
            real = os.path.realpath(path)
            if real in above:
                raise TreeError(f"{path} is a link to a folder that contains it")
            yield TreeEntry(prefix + name, path, True, mode, 0)
            yield from _walk(path, f"{prefix}{name}/", (*above, real))
        elif stat.S_ISREG(found.st_mode):
            yield TreeEntry(prefix + name, path, False, mode, found.st_size)
        else:
            raise TreeError(f"{path} is neither a file nor a folder")
