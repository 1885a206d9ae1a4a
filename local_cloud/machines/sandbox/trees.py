"""Making entries inside a tree that a guest may have changed, without ever following a guest's symlink."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class GuestTree:
    """A folder tree owned by the guest; `owner` is the id that new entries get, None for the own user.

    Use as a context manager. Paths are relative. The methods raise OSError where something is there already, and where
    the guest put something other than a folder on the way.
    """

    def __init__(self, root: Path, owner: int | None) -> None:
        self._root = root
        self._owner = owner
        self._fd = -1

    def __enter__(self) -> Self:
        self._fd = os.open(self._root, _OPEN_FOLDER)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)

    @contextlib.contextmanager
    def parent(self, path: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """The open folder in which `path` is, and the last part of `path`; with `make`, missing folders are made."""
        *parts, name = path.split("/")
        fd = os.dup(self._fd)
        try:
            for part in parts:
                if make:
                    self._make_folder(fd, part)
                inner = os.open(part, _OPEN_FOLDER, dir_fd=fd)
                os.close(fd)
                fd = inner
            yield fd, name
        finally:
            os.close(fd)

    def folder(self, path: str, mode: int) -> None:
        """Make the folder `path`; its parents must exist."""
        with self.parent(path) as (parent, name):
            os.mkdir(name, 0o700, dir_fd=parent)
            with _opened(name, _OPEN_FOLDER, parent) as fd:
                self._own(fd)
                os.fchmod(fd, mode)

    def link(self, path: str, target: str) -> None:
        """Make the symlink `path` to `target`."""
        with self.parent(path) as (parent, name):
            os.symlink(target, name, dir_fd=parent)
            if self._owner is not None:
                os.chown(name, self._owner, self._owner, dir_fd=parent, follow_symlinks=False)

    @contextlib.contextmanager
    def new_file(self, path: str, mode: int) -> Iterator[int]:
        """Make the file `path`; gives its descriptor to be written to. `mode` is set in the end."""
        with self.parent(path) as (parent, name), _opened(name, _NEW_FILE, parent) as fd:
            self._own(fd)
            yield fd
            os.fchmod(fd, mode)

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Make the file `path` with this content."""
        with self.new_file(path, mode) as fd, os.fdopen(fd, "wb", closefd=False) as stream:
            stream.write(content)

    def _make_folder(self, parent: int, name: str) -> None:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=parent)
            with _opened(name, _OPEN_FOLDER, parent) as fd:
                self._own(fd)

    def _own(self, fd: int) -> None:
        if self._owner is not None:
            os.fchown(fd, self._owner, self._owner)


@contextlib.contextmanager
def _opened(name: str, flags: int, parent: int) -> Iterator[int]:
    fd = os.open(name, flags, 0o600, dir_fd=parent)
    try:
        yield fd
    finally:
        os.close(fd)
