"""Commands on a machine: what transfers and machines are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, TypedDict, Unpack

from pulumi_hyperone.provider.foundation.errors import CommandFailed
from pulumi_hyperone.provider.ssh.shell_text import Tail, failure_text, shorten

CAPTURE_LIMIT = 16 * 2**20
"""Most bytes of standard output that `capture` keeps; what comes after is dropped."""

OutputHandler = Callable[[bytes], object]
Input = bytes | BinaryIO | Iterator[bytes]


class Streams(TypedDict, total=False):
    """What goes into and comes out of a command, for how many seconds at most, and whether it gets a terminal."""

    stdin: Input | None
    on_stdout: OutputHandler | None
    on_stderr: OutputHandler | None
    timeout: float | None
    pty: bool


@dataclass(frozen=True)
class CommandResult:
    """How a command ended: exit code, its last output lines (both streams, masked), all of stdout when captured."""

    exit_code: int
    tail: tuple[str, ...] = ()
    stdout: bytes | None = None

    @property
    def text(self) -> str:
        """Captured standard output as text without surrounding white space."""
        return (self.stdout or b"").decode(errors="replace").strip()


class RemoteShell(ABC):
    """Where commands run.

    `mask` is applied to everything that ends up in results and error texts; set it to hide secrets.
    Every method raises ConnectionLost when the session breaks, Interrupted when the engine stops,
    DeadlineExceeded when its own `timeout` (seconds) passes; the remote command is ended in each case.
    """

    def __init__(self) -> None:
        self.mask: Callable[[str], str] = str
        self.pty = False
        """Whether commands of provisioners get a terminal (`ssh_pty`)."""
        self.moved: Callable[[int], None] = lambda _: None
        """Told the number of bytes of each piece of a transfer that is done."""

    @abstractmethod
    def stream(self, command: str, **streams: Unpack[Streams]) -> int:
        """Run one command line in the login folder and return its exit code; the lowest level of all below."""

    @abstractmethod
    def as_root(self, command: str) -> str:
        """Return the command line that runs the simple command `command` as root."""

    @abstractmethod
    def remote_path(self, path: str) -> str:
        """Return a path for commands: `~/` is the login user's home folder, a leading dash is no option."""

    def run(
        self,
        command: str,
        *,
        on_output: OutputHandler | None = None,
        on_errors: OutputHandler | None = None,
        stdin: Input | None = None,
        timeout: float | None,
        capture: bool = False,
        check: bool = False,
        pty: bool = False,
    ) -> CommandResult:
        """Run one command line in a new session in the login folder.

        `on_output` gets the raw bytes of both streams as they come, but for those of stderr when `on_errors` takes
        them. With `capture` standard output is kept (at most
        CAPTURE_LIMIT bytes), with `check` an exit code other than 0 raises CommandFailed.
        """
        tail, kept = Tail(mask=self.mask), bytearray()

        def shown(data: bytes, handler: OutputHandler | None) -> None:
            tail.feed(data)
            if handler is not None:
                handler(data)

        def stdout(data: bytes) -> None:
            if capture:
                kept.extend(data[: CAPTURE_LIMIT - len(kept)])
            else:
                shown(data, on_output)

        def stderr(data: bytes) -> None:
            shown(data, on_errors or on_output)

        code = self.stream(command, stdin=stdin, on_stdout=stdout, on_stderr=stderr, timeout=timeout, pty=pty)
        lines = tail.lines()
        if check and code != 0:
            raise CommandFailed(failure_text(f"command {shorten(self.mask(command))!r}", code, lines))
        return CommandResult(code, lines, bytes(kept) if capture else None)
