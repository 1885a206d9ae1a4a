"""Files in memory that hand text to a program without showing it on a command line."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator


@contextlib.contextmanager
def memory_file(content: bytes) -> Iterator[int]:
    """Give the descriptor of a file with `content`, to be read from its start; closed at the end of the block."""
    fd = os.memfd_create("local-cloud")
    try:
        with os.fdopen(os.dup(fd), "wb") as file:
            file.write(content)
        os.lseek(fd, 0, os.SEEK_SET)
        yield fd
    finally:
        os.close(fd)
