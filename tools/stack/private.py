"""The state of stacks is for its owner alone: folders 0700, files 0600."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def folder(path: Path) -> Path:
    """Make `path` and its missing parents, each with mode 0700, and return it."""
    for one in reversed([path, *path.parents]):
        one.mkdir(mode=0o700, exist_ok=True)
    return path


def close(state: Path) -> None:
    """Take every right of group and others away from `state` and what is in it; links are not followed.

    What another process removes meanwhile, and what belongs to somebody else, is passed over.
    """
    _close_one(state)
    for parent, folders, files in os.walk(state):
        for name in (*folders, *files):
            _close_one(Path(parent, name))


@contextmanager
def closed_after(state: Path) -> Iterator[None]:
    """Close `state` when the block ends: the engine makes files as the umask says."""
    try:
        yield
    finally:
        close(state)


def _close_one(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISLNK(mode) and mode & 0o077:
            path.chmod(stat.S_IMODE(mode) & 0o700)
    except (FileNotFoundError, PermissionError):
        return
