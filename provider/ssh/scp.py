"""File transfer by the scp protocol, for `ssh_file_transfer_method: scp`.

Our side never waits for single confirmations: the protocol has a strict order, so all messages can be on their way, and
the confirmations are read as they come.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from pathlib import Path

from pulumi_hyperone.provider.foundation.errors import TransferFailed
from pulumi_hyperone.provider.ssh.machine import Machine, OutputHandler
from pulumi_hyperone.provider.ssh.text import Tail, failure_text, quote
from pulumi_hyperone.provider.ssh.transfer import counted
from pulumi_hyperone.provider.ssh.tree import TreeEntry, walk

PIECE = 2**20
_OK = b"\0"


def upload(machine: Machine, local: Path | bytes, remote: str, mode: int, timeout: float) -> None:
    """Write one file."""
    _send(machine, _file(local, posixpath.basename(remote), mode), "-p -t", remote, timeout)


def upload_tree(machine: Machine, local: Path, remote: str, mode: int | None, timeout: float) -> None:
    """Write what is in `local` into the folder `remote`, which is made when it is missing."""
    machine.run(f"mkdir -p {quote(remote)}", timeout=timeout, check=True)
    _send(machine, _tree(walk(local), mode), "-p -r -t", remote, timeout)


def download(machine: Machine, remote: str, local: Path, timeout: float) -> None:
    """Read one file."""
    with local.open("wb") as file:
        receiver = _Receiver(file.write)
        what = f"download of {remote}"
        _run(
            machine, f"scp -f -- {quote(remote)}", what, stdin=iter([_OK * 3]), on_stdout=receiver.feed, timeout=timeout
        )
        if receiver.left != 0:
            raise TransferFailed(f"{what} failed: the file ended early")


def _file(local: Path | bytes, name: str, mode: int) -> Iterator[bytes]:
    if isinstance(local, bytes):
        yield f"C{mode:04o} {len(local)} {name}\n".encode() + local + _OK
        return
    size = local.stat().st_size
    yield f"C{mode:04o} {size} {name}\n".encode()
    left = size
    with local.open("rb") as source:
        while left and (piece := source.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
    if left:
        raise TransferFailed(f"{local} became shorter while it was read")
    yield _OK


def _tree(entries: Iterator[TreeEntry], mode: int | None) -> Iterator[bytes]:
    """Turn a walk, folders before what is in them, into the nested messages of the protocol."""
    depth: list[str] = []
    for entry in entries:
        folder, name = posixpath.split(entry.name)
        while "/".join(depth) != folder:
            depth.pop()
            yield b"E\n"
        if entry.is_dir:
            depth.append(name)
            yield f"D{entry.mode:04o} 0 {name}\n".encode(errors="surrogateescape")
        else:
            yield from _file(Path(entry.path), name, entry.mode if mode is None else mode)
    yield b"E\n" * len(depth)


def _send(machine: Machine, messages: Iterator[bytes], flags: str, remote: str, timeout: float) -> None:
    answers = bytearray()
    what = f"upload to {remote}"
    _run(machine, f"scp {flags} -- {quote(remote)}", what, stdin=messages, on_stdout=answers.extend, timeout=timeout)
    problem = bytes(answers).strip(_OK)
    if problem:
        raise TransferFailed(f"{what} failed: {_words(problem)}")


def _run(
    machine: Machine, command: str, what: str, *, stdin: Iterator[bytes], on_stdout: OutputHandler, timeout: float
) -> None:
    tail = Tail()
    stdin = counted(stdin, machine.moved)
    code = machine.stream(command, stdin=stdin, on_stdout=on_stdout, on_stderr=tail.feed, timeout=timeout)
    if code != 0:
        raise TransferFailed(failure_text(what, code, tuple(map(machine.mask, tail.lines()))))


def _words(message: bytes) -> str:
    return message.strip(b"\0\1\2").decode(errors="replace").strip()


class _Receiver:
    """Takes the header (`C0644 SIZE NAME`) off a stream and hands on as many bytes as it says."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._header = b""
        self.left: int | None = None

    def feed(self, data: bytes) -> None:
        """Take the next piece."""
        if self.left is None:
            self._header += data
            line, newline, data = self._header.partition(b"\n")
            if not newline:
                return
            if not line.startswith(b"C"):
                raise TransferFailed(f"download failed: {_words(line)}")
            self.left = int(line.split(b" ")[1])
        self._write(data[: self.left])
        self.left -= min(self.left, len(data))
