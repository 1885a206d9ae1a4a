"""What all transfers share: one command that must succeed, and the count of what has moved.

Files go through plain commands: one `cat` for a file, one `tar` for a tree. That is fast (one channel, no round trip
per file), and the same in a chroot or as root. A build needs a machine that takes commands anyway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import BinaryIO, cast

from pulumi_hyperone.provider.foundation.errors import TransferFailed
from pulumi_hyperone.provider.ssh.remote_shell import Input, OutputHandler, RemoteShell
from pulumi_hyperone.provider.ssh.shell_text import Tail, failure_text
from pulumi_hyperone.provider.ssh.tar import PIECE

READ = 4 * PIECE


def checked(
    machine: RemoteShell,
    command: str,
    what: str,
    *,
    stdin: Input | None = None,
    on_stdout: OutputHandler | None = None,
    timeout: float,
) -> None:
    """Run a command of a transfer; raise TransferFailed with its last output unless it succeeds."""
    tail = Tail(mask=machine.mask)
    if stdin is not None:
        stdin = counted(stdin, machine.moved)
    code = machine.stream(command, stdin=stdin, on_stdout=on_stdout or tail.feed, on_stderr=tail.feed, timeout=timeout)
    if code != 0:
        raise TransferFailed(failure_text(what, code, tail.lines()))


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
