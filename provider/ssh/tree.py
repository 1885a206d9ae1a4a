"""The files of a local folder in a fixed order, symbolic links followed as Packer does."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LINK_MODE = 0o644
"""Permission bits of a file that is reached by a link: Packer asks for no others."""


class TreeError(Exception):
    """A local file or folder cannot be uploaded; the message names it."""


@dataclass(frozen=True)
class TreeEntry:
    """A file or folder: its name below the root with forward slashes, where it is, permission bits, bytes.

    A link has the bits that Packer gives it, 0644 or for a folder 0777, but never more than what it points to.
    """

    name: str
    path: str
    is_dir: bool
    mode: int
    size: int
    is_link: bool


def folder_mode(mode: int) -> int:
    """Return the bits of a folder whose files get the mode `mode`: who may read them may enter it."""
    return mode | (mode & 0o444) >> 2


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
        is_link = os.path.islink(path)
        mode = found.st_mode & (LINK_MODE if is_link and stat.S_ISREG(found.st_mode) else 0o777)
        if stat.S_ISDIR(found.st_mode):
            real = os.path.realpath(path)
            if real in above:
                raise TreeError(f"{path} is a link to a folder that contains it")
            yield TreeEntry(prefix + name, path, True, mode, 0, is_link)
            yield from _walk(path, f"{prefix}{name}/", (*above, real))
        elif stat.S_ISREG(found.st_mode):
            yield TreeEntry(prefix + name, path, False, mode, found.st_size, is_link)
        else:
            raise TreeError(f"{path} is neither a file nor a folder")
