"""One process in a sandbox: starting it, with or without a terminal, and ending it for certain."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
import struct
import termios
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.memory_file import memory_file
from pulumi_hyperone.local_cloud.machines.sandbox.enclosure import Enclosure
from pulumi_hyperone.local_cloud.machines.sandbox.host import NO_ENVIRONMENT, Host

_PIPE_LIMIT = 256 * 1024
_REAP_SECONDS = 0.5
_GONE_SECONDS = 2.0
_GONE_POLL_SECONDS = 0.005
_ENDED = ("", "Z", "X")
_AT_REST = ("T", *_ENDED)


class SandboxProcess:
    """A running process: its byte streams, its terminal if it has one, its signals and its end.

    `stderr` is None with a terminal. Closing `stdin` is end of file for the process.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        stdin: asyncio.StreamWriter,
        stdout: asyncio.StreamReader,
        stderr: asyncio.StreamReader | None,
        terminal: int | None,
    ) -> None:
        self._process = process
        self.stdin = stdin
        self.stdout = stdout
        self.stderr = stderr
        self._terminal = terminal

    @property
    def has_terminal(self) -> bool:
        """Whether the process runs on a terminal."""
        return self._terminal is not None

    def resize(self, columns: int, rows: int, width: int, height: int) -> None:
        """Set the terminal's size, in characters and pixels; nothing without a terminal."""
        if self._terminal is not None:
            set_window_size(self._terminal, columns, rows, width, height)

    def signal(self, number: int) -> None:
        """Send a signal to every process inside the sandbox (not to bubblewrap itself)."""
        for pid in _descendants(self._process.pid, skip_levels=1):
            _signal(pid, number)

    async def wait(self) -> int:
        """Wait for the end and return the exit code (128 + signal number after a signal)."""
        code = await self._process.wait()
        return code if code >= 0 else 128 - code

    async def kill(self) -> None:
        """End the whole sandbox now; returns when none of its processes is left. Harmless when it has ended."""
        await _end(self._process)
        self.stdin.close()
        if self._terminal is not None:
            os.close(self._terminal)
            self._terminal = None


async def start_process(
    enclosure: Enclosure, command: str | Sequence[str], environment: Mapping[str, str], host: Host, *, terminal: bool
) -> SandboxProcess:
    """Start `command` in the sandbox: a text for the login shell, or a program with its arguments.

    With `terminal` it runs on a new pseudo terminal. OSError when the host has no room.
    """
    with contextlib.ExitStack() as stack:
        options = enclosure.arguments(environment, new_session=not terminal)
        fds = [stack.enter_context(memory_file(options))]
        if isinstance(command, str):
            fds.append(stack.enter_context(memory_file(os.fsencode(command) + b"\0")))
            command = _shell_reading(fds[-1])
        argv = enclosure.command(fds[0], command, terminal=terminal)
        if terminal:
            return await _start_on_terminal(argv, fds, host)
        process = await _spawn(argv, asyncio.subprocess.PIPE, fds)
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise OSError("the process has no pipes")
    return SandboxProcess(process, stdin, stdout, process.stderr, None)


async def _spawn(argv: Sequence[str], streams: int, fds: Sequence[int]) -> asyncio.subprocess.Process:
    """Start bubblewrap; whoever cancels this waits until it has started and ended again."""
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *argv,
            stdin=streams,
            stdout=streams,
            stderr=streams,
            pass_fds=fds,
            limit=_PIPE_LIMIT,
            env=NO_ENVIRONMENT,
            cwd="/",
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    """Kill bubblewrap and all processes below it; returns when they are gone."""
    if process.returncode is not None:
        return
    # Frozen, it has no further child while its children are looked for. One that it left behind before it had set up
    # the sandbox would wait for it for ever, and with its pipes keep this process waiting.
    _signal(process.pid, signal.SIGSTOP)
    await _wait_for(lambda: _state(process.pid) in _AT_REST)
    pids = _descendants(process.pid)
    for pid in pids:
        _signal(pid, signal.SIGKILL)
    if pids:
        # It collects the namespace's init, so that no zombie is left to the host's init.
        _signal(process.pid, signal.SIGCONT)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REAP_SECONDS):
                await process.wait()
    _signal(process.pid, signal.SIGKILL)
    await process.wait()
    await _wait_for(lambda: not any(_is_alive(pid) for pid in pids))


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _shell_reading(fd: int) -> list[str]:
    """Return the login shell that runs the text in `fd`, which ends with NUL.

    Other users of the host read what stands on a command line, and commands hold secrets. A shell that has to fork for
    the text would die from TERM at once and take the program that cleans up with it: with a trap it waits for its end.
    """
    script = f'read -rd "" -u {fd}; exec {fd}<&-; trap "exit 143" TERM; eval "unset REPLY; $REPLY"'
    return ["/bin/bash", "-c", script]


async def _start_on_terminal(argv: list[str], fds: Sequence[int], host: Host) -> SandboxProcess:
    master, slave = os.openpty()
    try:
        if host.owner is not None:
            os.fchown(slave, host.owner, -1)
        process = await _spawn(argv, slave, fds)
    except BaseException:
        os.close(master)
        raise
    finally:
        os.close(slave)
    try:
        reader, writer = await _terminal_streams(master)
    except BaseException:
        process.kill()
        os.close(master)
        raise
    return SandboxProcess(process, writer, reader, None, master)


class _TerminalProtocol(asyncio.StreamReaderProtocol):
    """A terminal whose other side is closed answers EIO: that is its end of file."""

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        super().connection_lost(None)


async def _terminal_streams(master: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=_PIPE_LIMIT, loop=loop)
    protocol = _TerminalProtocol(reader, loop=loop)
    await loop.connect_read_pipe(lambda: protocol, os.fdopen(os.dup(master), "rb", buffering=0))
    transport, flow = await loop.connect_write_pipe(
        lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader(loop=loop), loop=loop),
        os.fdopen(os.dup(master), "wb", buffering=0),
    )
    return reader, asyncio.StreamWriter(transport, flow, None, loop)


def set_window_size(terminal: int, columns: int, rows: int, width: int, height: int) -> None:
    """Set the size of a terminal, in characters and in pixels."""
    size = struct.pack("HHHH", *(min(value, 0xFFFF) for value in (rows, columns, width, height)))
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, size)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in task.read_text().split()]
    return found


def _descendants(pid: int, skip_levels: int = 0) -> list[int]:
    """Return all processes below `pid`, leaving out the first `skip_levels` generations."""
    level, found = _children(pid), []
    while level:
        if skip_levels <= 0:
            found += level
        skip_levels -= 1
        level = [child for parent in level for child in _children(parent)]
    return found


async def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = asyncio.get_running_loop().time() + _GONE_SECONDS
    while not condition() and asyncio.get_running_loop().time() < deadline:
        await asyncio.sleep(_GONE_POLL_SECONDS)


def _is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie that only waits for its parent."""
    return _state(pid) not in _ENDED


def _state(pid: int) -> str:
    """The letter of /proc/PID/stat: `T` is stopped, `Z` a zombie; empty when there is no such process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
