"""File transfer by plain commands: one `cat` for a file, one `tar` for a tree, through the machine's own `stream`.

This is what makes transfers fast (one channel, no round trip per file) and the same in a chroot or as root.
"""

from __future__ import annotations

import os
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

from pulumi_hyperone.provider.foundation.errors import TransferFailed
from pulumi_hyperone.provider.ssh.tar import PIECE, tar_stream
from pulumi_hyperone.provider.ssh.text import Tail, failure_text, quote
from pulumi_hyperone.provider.ssh.tree import TreeError, walk

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.machine import Input, Machine, OutputHandler

READ = 4 * PIECE
_MISSING_TOOL = 127

# In place, as scp does: owner and links of an existing file stay.
_WRITE = '[ ! -d "$1" ] || { echo "$1 is a folder" >&2; exit 21; }; cat > "$1" && { [ -z "$2" ] || chmod "$2" "$1"; }'
# Beside the target first, so that nobody sees it half written or with the wrong owner.
_INSTALL = (
    '[ ! -d "$1" ] || { echo "$1 is a folder" >&2; exit 21; }; new="$1.$$.new"; umask 077; '
    'cat > "$new" && chown "$3" "$new" && chmod "$2" "$new" && mv -f "$new" "$1" || { rm -f "$new"; exit 1; }'
)
_UNPACK = f'command -v tar >/dev/null 2>&1 || exit {_MISSING_TOOL}; mkdir -p "$1" && tar "-xpm$2f" - -C "$1"'
_PACK = f'command -v tar >/dev/null 2>&1 || exit {_MISSING_TOOL}; cd "$1" && tar -chf - .'
_OWNER_NUMBERS = (
    'new=$(mktemp) && chown "$1" "$new" && { stat -c %u:%g "$new" 2>/dev/null || stat -f %u:%g "$new"; }; '
    'code=$?; rm -f "$new"; exit $code'
)
_FOLDERS = 'while IFS= read -r d; do mkdir -p "$1/$d" || exit 1; done'


def script(text: str, *arguments: str) -> str:
    """Return the command line that runs a sh script with positional arguments, each quoted."""
    return " ".join(["/bin/sh -c", quote(text), "sh", *map(quote, arguments)])


def upload(
    machine: Machine, local: Path | bytes, remote: str, *, mode: int | None, owner: str | None, timeout: float
) -> None:
    """Write one file; see Machine.upload."""
    remote = machine.remote_path(remote)
    if isinstance(local, bytes):
        _write(machine, local, remote, mode=0o644 if mode is None else mode, owner=owner, timeout=timeout)
        return
    try:
        with local.open("rb") as file:
            found = os.stat(file.fileno()).st_mode & 0o777
            _write(machine, file, remote, mode=found if mode is None else mode, owner=owner, timeout=timeout)
    except OSError as error:
        raise TransferFailed(f"upload to {remote} failed: {local}: {error.strerror}") from None


def _write(
    machine: Machine, data: bytes | BinaryIO, remote: str, *, mode: int, owner: str | None, timeout: float
) -> None:
    if owner:
        command = machine.as_root(script(_INSTALL, remote, f"{mode:o}", owner))
    else:
        command = script(_WRITE, remote, f"{mode:o}")
    checked(machine, command, f"upload to {remote}", stdin=data, timeout=timeout)


def checked(
    machine: Machine,
    command: str,
    what: str,
    *,
    stdin: Input | None = None,
    on_stdout: OutputHandler | None = None,
    timeout: float,
    accept: tuple[int, ...] = (0,),
) -> int:
    """Run a command of a transfer; raise TransferFailed with its last output unless its exit code is accepted."""
    tail = Tail()
    if stdin is not None:
        stdin = counted(stdin, machine.moved)
    code = machine.stream(command, stdin=stdin, on_stdout=on_stdout or tail.feed, on_stderr=tail.feed, timeout=timeout)
    if code not in accept:
        raise TransferFailed(failure_text(what, code, tuple(map(machine.mask, tail.lines()))))
    return code


def counted(data: Input, moved: Callable[[int], None]) -> Iterator[bytes]:
    """Yield `data` in pieces, and tell the size of each one when the next is asked for: then it is on its way."""
    if isinstance(data, bytes):
        pieces: Iterator[bytes] = iter([data])
    elif hasattr(data, "read"):
        pieces = iter(partial(cast("BinaryIO", data).read, READ), b"")
    else:
        pieces = data
    for piece in pieces:
        yield piece
        moved(len(piece))


def upload_tree(
    machine: Machine, local: Path, remote: str, *, mode: int | None, owner: str | None, timeout: float
) -> None:
    """Write a tree; see Machine.upload_tree."""
    remote = machine.remote_path(remote)
    what = f"upload of {local} to {remote}"
    numbers = _owner_numbers(machine, owner, timeout) if owner else None
    command = script(_UNPACK, remote, "" if numbers else "o")
    try:
        stdin = tar_stream(walk(local), mode, numbers)
        code = checked(
            machine,
            machine.as_root(command) if owner else command,
            what,
            stdin=stdin,
            timeout=timeout,
            accept=(0, _MISSING_TOOL),
        )
        if code == _MISSING_TOOL:
            _upload_one_by_one(machine, local, remote, mode=mode, owner=owner, timeout=timeout)
    except TreeError as error:
        raise TransferFailed(f"{what} failed: {error}") from None


def _owner_numbers(machine: Machine, owner: str, timeout: float) -> tuple[int, int]:
    """Ask the machine for the user and group id of an owner as chown takes it."""
    output = bytearray()
    command = machine.as_root(script(_OWNER_NUMBERS, owner))
    checked(machine, command, f"owner {owner}", on_stdout=output.extend, timeout=timeout)
    user, _, group = output.decode().strip().partition(":")
    return int(user), int(group)


def _upload_one_by_one(
    machine: Machine, local: Path, remote: str, *, mode: int | None, owner: str | None, timeout: float
) -> None:
    """Do without tar: slow, but a shell and cat are everywhere."""
    entries = list(walk(local))
    folders = "".join(f"{entry.name}\n" for entry in entries if entry.is_dir).encode(errors="surrogateescape")
    command = script(_FOLDERS, remote)
    checked(
        machine,
        machine.as_root(command) if owner else command,
        f"making folders in {remote}",
        stdin=b".\n" + folders,
        timeout=timeout,
    )
    for entry in entries:
        if not entry.is_dir:
            upload(machine, Path(entry.path), f"{remote}/{entry.name}", mode=mode, owner=owner, timeout=timeout)


def download(machine: Machine, remote: str, local: Path, *, timeout: float) -> None:
    """Read one file; see Machine.download."""
    remote = machine.remote_path(remote)
    what = f"download of {remote}"
    with part_of(local, what) as part, part.open("wb") as file:
        checked(machine, f"cat {quote(remote)}", what, on_stdout=_writer(file), timeout=timeout)


@contextmanager
def part_of(local: Path, what: str) -> Iterator[Path]:
    """Give a name beside `local` that becomes `local` when the block succeeds, and goes away when it fails."""
    part = local.with_name(f".{local.name}.part")
    try:
        local.parent.mkdir(parents=True, exist_ok=True)
        yield part
        part.replace(local)
    except OSError as error:
        raise TransferFailed(f"{what} failed: {local}: {error.strerror or error}") from None
    finally:
        part.unlink(missing_ok=True)


def _writer(file: BinaryIO) -> OutputHandler:
    def write(data: bytes) -> None:
        file.write(data)

    return write


def download_tree(machine: Machine, remote: str, local: Path, *, timeout: float) -> None:
    """Read a tree; see Machine.download_tree."""
    remote = machine.remote_path(remote)
    what = f"download of {remote}"
    reading, writing = os.pipe()
    failure: list[BaseException] = []
    unpacker = threading.Thread(target=_unpack, args=(reading, local, failure), name="untar", daemon=True)
    unpacker.start()
    try:
        with os.fdopen(writing, "wb", buffering=0) as file:
            checked(machine, script(_PACK, remote), what, on_stdout=_writer(file), timeout=timeout)
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
            with tarfile.open(fileobj=file, mode="r|") as archive:
                archive.extractall(local, filter="data")
            while file.read(PIECE):
                pass
        except (tarfile.TarError, OSError) as error:
            failure.append(error)
