"""Files and folders from a machine, by plain commands; see transfer.py."""

from __future__ import annotations

import contextlib
import os
import posixpath
import secrets
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pulumi_hyperone.provider.foundation.errors import TransferFailed
from pulumi_hyperone.provider.ssh.remote_shell import RemoteShell
from pulumi_hyperone.provider.ssh.shell_text import quote, script
from pulumi_hyperone.provider.ssh.tar import PIECE
from pulumi_hyperone.provider.ssh.transfer import checked

# Unquoted without field separators: a pattern of the shell, and nothing more, is filled in.
_PACK = (
    'command -v tar >/dev/null 2>&1 || { echo "tar is not installed on the machine" >&2; exit 127; }; '
    "cd \"$1\" && IFS='' && tar -chf - ./$2"
)


def download(machine: RemoteShell, remote: str, local: Path, *, timeout: float) -> None:
    """Read one file; see Machine.download."""
    remote = machine.remote_path(remote)
    what = f"download of {remote}"
    with part_of(local, what) as part, part.open("wb") as file:
        checked(machine, f"cat {quote(remote)}", what, on_stdout=file.write, timeout=timeout)


@contextmanager
def part_of(local: Path, what: str) -> Iterator[Path]:
    """Make a file beside `local` that takes its place when the block succeeds, and goes away when it fails.

    It has the mode of the file that it replaces, else 0644 less the umask. A link stays: what it points to is replaced.
    """
    local = Path(os.path.realpath(local))
    # Two images may download to one place at the same time.
    part = local.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if local.is_dir():
            raise IsADirectoryError(0, "is a folder; end its name with / to put the file into it")
        local.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(part, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o644))
        with contextlib.suppress(FileNotFoundError):
            part.chmod(local.stat().st_mode & 0o777 | 0o200)
        yield part
        with contextlib.suppress(FileNotFoundError):
            part.chmod(local.stat().st_mode & 0o777)
        part.replace(local)
    except OSError as error:
        raise TransferFailed(f"{what} failed: {local}: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)


def download_tree(machine: RemoteShell, remote: str, local: Path, *, timeout: float) -> None:
    """Read a tree; see Machine.download_tree."""
    folder, name = posixpath.split(machine.remote_path(remote.rstrip("/") or "/"))
    what = f"download of {remote}"
    reading, writing = os.pipe()
    failure: list[BaseException] = []
    unpacker = threading.Thread(target=_unpack, args=(reading, local, failure), name="untar", daemon=True)
    unpacker.start()
    try:
        with os.fdopen(writing, "wb", buffering=0) as file:
            checked(machine, script(_PACK, folder or ".", name), what, on_stdout=file.write, timeout=timeout)
    except BrokenPipeError:
        pass
    finally:
        unpacker.join()
    if failure:
        raise TransferFailed(f"{what} failed: {failure[0]}") from None


def _unpack(reading: int, local: Path, failure: list[BaseException]) -> None:
    """Unpack into `local` what comes through the pipe; names that lead out of it are refused."""
    with os.fdopen(reading, "rb") as file:
        try:
            local.mkdir(parents=True, exist_ok=True)
            modes = _Modes()
            with tarfile.open(fileobj=file, mode="r|") as archive:
                archive.extractall(local, filter=modes.make)  # noqa: S202  the filter checks every name
            modes.close()
            while file.read(PIECE):
                pass
        except Exception as error:  # noqa: BLE001 - whatever an archive brings; whoever waits for this thread tells it
            failure.append(error)


class _Modes:
    """Lets the umask decide: makes new files and folders with the modes of the archive, leaves those that exist."""

    def __init__(self) -> None:
        self._closed: list[tuple[str, int]] = []

    def make(self, member: tarfile.TarInfo, folder: str) -> tarfile.TarInfo | None:
        """Check a member as Python's data filter does, and make it empty; tarfile then sets no mode."""
        safe = tarfile.data_filter(member, folder)
        path, mode = os.path.join(folder, safe.name), member.mode & 0o777
        if member.isdir():
            if not os.path.isdir(path):
                os.makedirs(path, mode | 0o700)
                if mode & 0o700 != 0o700:
                    self._closed.append((path, mode))
        elif member.isreg() and not os.path.exists(path):
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, mode | 0o200))
            if not mode & 0o200:
                self._closed.append((path, mode))
        return safe.replace(mode=None, deep=False)  # type: ignore[arg-type]  # None: no mode is set

    def close(self) -> None:
        """Take from new files and folders the bits that were needed to fill them."""
        for path, mode in reversed(self._closed):
            os.chmod(path, os.stat(path).st_mode & mode)
