"""Reads files within bounds."""

from __future__ import annotations

import stat
from pathlib import Path

MAX_TEMPLATE = 1_048_576
"""Bytes a template or variables file may have."""

MAX_READ = 4_194_304
"""Bytes a file may have that a template reads with `file` and the like."""

MAX_FILES = 200
"""Files a template folder may have."""


class Unreadable(Exception):
    """A file cannot be read; the message says why."""


def read_bytes(path: Path, limit: int = MAX_TEMPLATE) -> bytes:
    """Return the bytes of an ordinary file of at most `limit` bytes. Raises Unreadable."""
    try:
        kind = path.stat()
        if not stat.S_ISREG(kind.st_mode):
            raise Unreadable(f"{path} is not an ordinary file")
        if kind.st_size > limit:
            raise Unreadable(f"{path} is larger than {limit} bytes")
        with path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unreadable(f"cannot read {path}: {reason}") from None
    if len(content) > limit:
        raise Unreadable(f"{path} is larger than {limit} bytes")
    return content


def read_text(path: Path, limit: int = MAX_TEMPLATE) -> str:
    """Return a file's text, with what is not UTF-8 replaced as Packer does it. Raises Unreadable."""
    return read_bytes(path, limit).decode("utf-8", "replace").removeprefix("\ufeff")
