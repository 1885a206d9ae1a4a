"""Unpacking a tar from outside into the tree of a disk: nothing leaves the tree, whatever the tar says.

Python's own filters check names first and unpack by these names afterwards; links made in between lead out. Here each
folder on the way is opened without following links, so there is no name to be changed.
"""

from __future__ import annotations

import lzma
import os
import shutil
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.sandbox.disk import WRITABLE
from pulumi_hyperone.local_cloud.machines.sandbox.trees import GuestTree

MAX_DEPTH = 256
MAX_HEADER = 1 << 20
_CHUNK = 1 << 20
_SHOWN = 120
_PERMISSIONS = 0o1777  # setuid and setgid do nothing on sandbox machines
# All that the library raises on hostile bytes; pax headers in a chain make it recurse.
_BAD = (tarfile.TarError, OSError, EOFError, ValueError, OverflowError, RecursionError, zlib.error, lzma.LZMAError)


class _Header(tarfile.TarInfo):
    """A header of bounded size; the library reads names and attributes of any size into memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> Self | tarfile.TarFile:
        long_name = self.type in (tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)
        attributes = self.type in (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE)
        if self.size < 0 or ((long_name or attributes) and self.size > MAX_HEADER):
            raise tarfile.HeaderError(f"a header of {self.size} bytes")
        return super()._proc_member(archive)  # type: ignore[misc,no-any-return]


def is_tar(file: IO[bytes]) -> bool:
    """Whether the file is a tar, plain or compressed, that holds something. Zeros alone are no tar here."""
    file.seek(0)
    with suppress(*_BAD), tarfile.open(fileobj=file, tarinfo=_Header) as archive:
        return archive.next() is not None
    return False


def unpack(file: IO[bytes], rootfs: Path, owner: int | None) -> None:
    """Unpack the writable folders of a machine into `rootfs`; `owner` is the id that entries get, None for one's own.

    Raises MachineError for what is damaged, too large, outside of these folders, or neither file, folder nor link.
    """
    with GuestTree(rootfs, owner) as tree:
        unpacking = _Unpacking(tree, shutil.disk_usage(rootfs).free)
        for archive, member in _members(file):
            with _told(f"{member.name[:_SHOWN]!r} cannot be unpacked"):
                unpacking.add(archive, member)
        with _told("the modes of the folders cannot be set"):
            unpacking.finish()


def _members(file: IO[bytes]) -> Iterator[tuple[tarfile.TarFile, tarfile.TarInfo]]:
    file.seek(0)
    with _told("the tar cannot be read"):
        archive = tarfile.open(fileobj=file, tarinfo=_Header, errorlevel=2)  # noqa: SIM115 - closed below
    with archive:
        offset = -1
        while True:
            with _told("the tar cannot be read"):
                member = archive.next()
                if member is None:
                    _check_end(archive)
                    return
                if archive.offset <= offset or member.size < 0:
                    raise tarfile.HeaderError("its headers run in a circle")
                offset = archive.offset
            archive.members.clear()  # type: ignore[attr-defined] # or it would remember millions of them
            yield archive, member


def _check_end(archive: tarfile.TarFile) -> None:
    """Refuse a tar that goes on: the library takes a damaged header for the end."""
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE).strip(b"\0"):
        raise tarfile.HeaderError("a header is damaged")


@contextmanager
def _told(failure: str) -> Iterator[None]:
    try:
        yield
    except _BAD as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise MachineError(f"{failure}: {reason or type(error).__name__}") from error


class _Unpacking:
    """One tar on its way into a tree; `room` is how many bytes it may take."""

    def __init__(self, tree: GuestTree, room: int) -> None:
        self._tree = tree
        self._room = room
        self._folder_modes: dict[str, int] = {}

    def add(self, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        """Make what a member says. Raises MachineError, and what `_BAD` names."""
        path = _path(member.name)
        mode = member.mode & _PERMISSIONS
        if path in ("", *WRITABLE):
            if not member.isdir():
                raise ValueError("only a folder may stand there")
        elif member.isdir():
            self._folder(path, mode)
        elif member.isreg():
            self._file(path, mode, archive, member)
        elif member.issym():
            self._make_way(path)
            self._tree.link(path, member.linkname)
        elif member.islnk():
            self._hard_link(path, _path(member.linkname))
        else:
            raise ValueError("it is neither a file, a folder nor a link")

    def finish(self) -> None:
        """Set the modes of folders, deepest first: what is in a closed one had to be made before."""
        for path in sorted(self._folder_modes, reverse=True):
            with self._tree.parent(f"{path}/.") as (folder, _):
                os.fchmod(folder, self._folder_modes[path])

    def _folder(self, path: str, mode: int) -> None:
        with self._tree.parent(path, make=True) as (folder, name), suppress(FileNotFoundError):
            if not stat.S_ISDIR(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode):
                os.unlink(name, dir_fd=folder)
        with self._tree.parent(f"{path}/.", make=True):
            self._folder_modes[path] = mode

    def _file(self, path: str, mode: int, archive: tarfile.TarFile, member: tarfile.TarInfo) -> None:
        self._room -= member.size
        if self._room < 0:
            raise ValueError("there is not enough free space for the tar's content")
        content = archive.extractfile(member)
        if content is None:
            raise ValueError("it has no content")
        self._make_way(path)
        with content, self._tree.new_file(path, mode) as fd:
            with os.fdopen(fd, "wb", closefd=False) as stream:
                shutil.copyfileobj(content, stream, _CHUNK)
            os.utime(fd, (member.mtime, member.mtime))

    def _hard_link(self, path: str, target: str) -> None:
        if path == target:
            raise ValueError("it is a hard link to itself")
        with self._tree.parent(target) as (source, name):
            if not stat.S_ISREG(os.stat(name, dir_fd=source, follow_symlinks=False).st_mode):
                raise ValueError("a hard link may only lead to a file of the tar")
            self._make_way(path)
            with self._tree.parent(path) as (folder, new):
                os.link(name, new, src_dir_fd=source, dst_dir_fd=folder, follow_symlinks=False)

    def _make_way(self, path: str) -> None:
        """Make the folders above `path`, and remove a file or link that an earlier member put there."""
        with self._tree.parent(path, make=True) as (folder, name), suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)


def _path(name: str) -> str:
    """The path of a member in the tree, empty for the root itself. Raises ValueError for one that is outside."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or (parts and parts[0] not in WRITABLE):
        raise ValueError(f"a sandbox image has only the folders {', '.join(WRITABLE)}")
    if len(parts) > MAX_DEPTH:
        raise ValueError(f"it is deeper than {MAX_DEPTH} folders")
    return "/".join(parts)
