"""Making folders inside a tree that a guest may have changed, without ever following a guest's symlink."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Self

_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class GuestTree:
    """A folder tree owned by the guest; `owner` is the id that new entries get, None for the own user.

    Use as a context manager. Paths are relative. Entries that exist already are left as they are, and so is a path
    on which the guest put something other than a folder.
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

    def folder(self, path: str, mode: int) -> bool:
        """Make the folder `path` (its parents must exist); returns whether it is new."""
        *parents, name = path.split("/")
        with contextlib.ExitStack() as stack:
            try:
                parent = self._walk(stack, parents)
                os.mkdir(name, 0o700, dir_fd=parent)
            except OSError:
                return False
            fd = os.open(name, _OPEN_FOLDER, dir_fd=parent)
            stack.callback(os.close, fd)
            if self._owner is not None:
                os.fchown(fd, self._owner, self._owner)
            os.fchmod(fd, mode)
            return True

    def link(self, path: str, target: str) -> None:
        """Make the symlink `path` to `target`."""
        *parents, name = path.split("/")
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            parent = self._walk(stack, parents)
            os.symlink(target, name, dir_fd=parent)
            if self._owner is not None:
                os.chown(name, self._owner, self._owner, dir_fd=parent, follow_symlinks=False)

    def file(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Make the file `path`."""
        *parents, name = path.split("/")
        with contextlib.ExitStack() as stack, contextlib.suppress(OSError):
            parent = self._walk(stack, parents)
            fd = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode, dir_fd=parent)
            with os.fdopen(fd, "wb") as file:
                file.write(content)
                if self._owner is not None:
                    os.fchown(fd, self._owner, self._owner)
                os.fchmod(fd, mode)

    def _walk(self, stack: contextlib.ExitStack, parts: list[str]) -> int:
        fd = self._fd
        for part in parts:
            fd = os.open(part, _OPEN_FOLDER, dir_fd=fd)
            stack.callback(os.close, fd)
        return fd
