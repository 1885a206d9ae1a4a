"""Run one command over a session: both outputs and the input at once, bounded memory, and a way to really end it.

Closing a channel does not end what runs on the machine (OpenSSH leaves it alone without a terminal), so every command
first tells the process id of its login shell on a line that is taken out of the output again. Another such line says
where standard output begins: what comes before is what the login's startup files print, a greeting in .bashrc say.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import paramiko
from paramiko.agent import AgentRequestHandler

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import ConnectionLost, DeadlineExceeded, HyperOneError, Interrupted
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.connection import Connection
from pulumi_hyperone.provider.ssh.packets import send_all
from pulumi_hyperone.provider.ssh.remote_shell import Input, OutputHandler, Streams
from pulumi_hyperone.provider.ssh.shell_text import KILLED, quote
from pulumi_hyperone.provider.ssh.termination import close_soon, end_command

READ = 256 * 1024
WRITE = 4 * 2**20
GRACE = 1.0
"""Seconds that output may still come after the command ended: something it started holds its streams open."""
START_TIMEOUT = 60.0
"""Seconds that a machine may take to begin with a command."""
GREETING = 2**16
"""Bytes that are kept of what comes before the output, for a machine that never says where that begins."""


class _Wake:
    """An event for paramiko's buffers that is only ever set by them; `clear` is ours alone."""

    def __init__(self, event: threading.Event) -> None:
        self._event = event

    def set(self) -> None:
        self._event.set()

    def clear(self) -> None:
        """Leave the event: two buffers share it."""


class _LeaderFinder:
    """Takes the line with the process id out of a stream."""

    def __init__(self, token: bytes) -> None:
        self._token = token
        self._held = b""
        self.pid = 0

    def feed(self, data: bytes) -> bytes:
        """Return what is output of the command itself; holds back only what may be the beginning of our line."""
        if self.pid:
            return data
        data = self._held + data
        self._held = b""
        start = data.find(self._token)
        if start < 0:
            keep = next((n for n in range(len(self._token) - 1, 0, -1) if data.endswith(self._token[:n])), 0)
            if keep:
                self._held, data = data[-keep:], data[:-keep]
            return data
        end = data.find(b"\n", start)
        if end < 0:
            self._held, data = data[start:], data[:start]
            return data
        number = data[start + len(self._token) : end].strip()
        self.pid = int(number) if number.isdigit() else 0
        return data[:start] + data[end + 1 :]

    def rest(self) -> bytes:
        """Return what is still held back at the end."""
        held, self._held = self._held, b""
        return held


class _Beginning:
    """Leaves out what comes before our line, unless it never comes."""

    def __init__(self, token: bytes) -> None:
        self._line = token + b"\n"
        self._held = b""
        self._begun = False

    def feed(self, data: bytes) -> bytes:
        """Return what is output of the command itself."""
        if self._begun:
            return data
        self._held += data
        before, line, rest = self._held.partition(self._line)
        self._begun, self._held = bool(line), b"" if line else before[-GREETING:]
        return rest

    def rest(self) -> bytes:
        """Return what was held back in vain."""
        return self._held


class RunningCommand:
    """One command on one channel of a session."""

    def __init__(
        self, connection: Connection, interruption: Interruption, streams: Streams, *, forward_agent: bool = False
    ) -> None:
        self._connection = connection
        self._interruption = interruption
        self._streams = streams
        self._pty = streams.get("pty", False)
        self._forward_agent = forward_agent
        self._wake = threading.Event()
        self._input_error: BaseException | None = None
        self._look = min(1.0, connection.read_write_timeout / 4 or 1.0)
        self._token = f"leader-{secrets.token_hex(12)}".encode()
        self._leader = _LeaderFinder(self._token)
        self._filters = {False: self._leader if self._pty else _Beginning(self._token), True: self._leader}

    def run(self, command: str) -> int:
        """Run to the end and return the exit code (KILLED for a signal)."""
        streams, deadline = self._streams, Deadline(self._streams.get("timeout"))
        handlers = {False: streams.get("on_stdout"), True: streams.get("on_stderr")}
        with (
            self._interruption.calling(self._wake.set),
            self._started(command, streams.get("stdin"), deadline) as channel,
        ):
            try:
                self._pump(channel, handlers, deadline)
                return self._exit_code(channel)
            except (Interrupted, DeadlineExceeded):
                self._end(channel)
                raise

    @contextmanager
    def _started(self, command: str, stdin: Input | None, deadline: Deadline) -> Iterator[paramiko.Channel]:
        try:
            channel = self._open(deadline)
            with self._closing(channel, deadline.left(START_TIMEOUT)):
                self._start(channel, command, stdin)
        except HyperOneError:
            raise
        except Exception as error:  # noqa: BLE001 - paramiko raises whatever ended the session
            self._interruption.check()
            raise self._lost(error) from None
        try:
            yield channel
        finally:
            with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
                channel.close()

    @contextmanager
    def _closing(self, channel: paramiko.Channel, seconds: float) -> Iterator[None]:
        """Close the channel of a machine that does not begin in time: paramiko waits for its answer for ever.

        On interruption it is left a moment: only a command that has begun can be ended on the machine.
        """
        over, begun = threading.Event(), threading.Event()

        def close() -> None:
            over.wait(seconds)
            if not begun.wait(GRACE):
                close_soon(channel)

        threading.Thread(target=close, name="ssh-start", daemon=True).start()
        try:
            with self._interruption.calling(over.set):
                yield
        finally:
            begun.set()
            over.set()

    def _open(self, deadline: Deadline) -> paramiko.Channel:
        if not self._connection.transport.is_active():
            raise self._lost(None)
        channel = self._connection.transport.open_session(timeout=deadline.left(START_TIMEOUT))
        wake = _Wake(self._wake)
        channel.in_buffer.set_event(wake)  # type: ignore[arg-type]  # it needs set and clear alone
        channel.in_stderr_buffer.set_event(wake)  # type: ignore[arg-type]
        return channel

    def _start(self, channel: paramiko.Channel, command: str, stdin: Input | None) -> None:
        if self._pty:
            channel.get_pty(term="xterm", width=200, height=40)
        if self._forward_agent:
            AgentRequestHandler(channel)
        # A script of its own and no `$$`: the login shell need not be one that knows sh.
        token = self._token.decode()
        announce = quote(f"echo {token} $PPID >&2" + ("" if self._pty else f"; echo {token}"))
        channel.exec_command(f"/bin/sh -c {announce}; {command}".encode(errors="surrogateescape"))
        if stdin is not None:
            threading.Thread(target=self._feed, args=(channel, stdin), name="ssh-stdin", daemon=True).start()
        elif not self._pty:
            channel.shutdown_write()

    def _feed(self, channel: paramiko.Channel, stdin: Input) -> None:
        pieces = _pieces(stdin)
        while True:
            try:
                piece = next(pieces, None)
            except Exception as error:  # noqa: BLE001  the reading side raises it
                self._input_error = error
                self._wake.set()
                return
            # When the command has ended or the session is gone, the reading side tells which.
            with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
                if piece is not None:
                    send_all(channel, piece)
                    continue
                channel.shutdown_write()
            return

    def _pump(self, channel: paramiko.Channel, handlers: dict[bool, OutputHandler | None], deadline: Deadline) -> None:
        grace: Deadline | None = None
        last_output = time.monotonic()
        while True:
            self._wake.clear()
            self._interruption.check()
            if self._input_error is not None:
                raise self._input_error
            moved = self._read(channel, handlers)
            if deadline.expired:
                raise DeadlineExceeded(f"the command did not end within {deadline.seconds:g} s")
            if moved:
                grace, last_output = None, time.monotonic()
                continue
            self._check_silence(channel, last_output)
            outputs_closed = channel.closed or channel.eof_received
            if channel.exit_status_ready() or channel.closed:
                grace = grace or Deadline(GRACE)
                if outputs_closed or grace.expired:
                    break
            # A command may close its outputs and live on: then only its exit status can be waited for.
            if outputs_closed:
                channel.status_event.wait(deadline.left(0.05))
            else:
                self._wake.wait(deadline.left(0.1 if grace else self._look))
        self._read(channel, handlers)
        for is_stderr, kept in self._filters.items():
            self._hand_over(handlers[is_stderr], kept.rest())

    def _check_silence(self, channel: paramiko.Channel, last_output: float) -> None:
        """Give the session up when neither output came nor input went for ssh_read_write_timeout."""
        limit = self._connection.read_write_timeout
        if limit > 0 and time.monotonic() - max(last_output, self._connection.last_bulk) >= limit:
            self._end(channel)
            self._connection.give_up(f"the command was silent for {limit:g} s (ssh_read_write_timeout)")
            raise self._lost(None)

    def _read(self, channel: paramiko.Channel, handlers: dict[bool, OutputHandler | None]) -> bool:
        moved = False
        for is_stderr in (False, True):
            if channel.recv_stderr_ready() if is_stderr else channel.recv_ready():
                data = channel.recv_stderr(READ) if is_stderr else channel.recv(READ)
                moved = True
                self._hand_over(handlers[is_stderr], self._filters[is_stderr].feed(data))
        return moved

    @staticmethod
    def _hand_over(handler: OutputHandler | None, data: bytes) -> None:
        if data and handler is not None:
            handler(data)

    def _exit_code(self, channel: paramiko.Channel) -> int:
        if channel.exit_status_ready() and channel.exit_status >= 0:
            return channel.exit_status
        # No exit status: the line broke, the machine goes down, or a signal ended the shell.
        self._connection.transport.join(timeout=GRACE)
        if not self._connection.transport.is_active():
            raise self._lost(None)
        return KILLED

    def _end(self, channel: paramiko.Channel) -> None:
        end_command(self._connection.transport, channel, self._leader.pid)

    def _lost(self, error: BaseException | None) -> ConnectionLost:
        reason = self._connection.lost or (str(error) if error and str(error) else "the machine closed it")
        return ConnectionLost(f"the SSH connection was lost: {reason}")


def _pieces(stdin: Input) -> Iterator[bytes]:
    if isinstance(stdin, bytes):
        yield stdin
    elif hasattr(stdin, "read"):
        stream = cast(BinaryIO, stdin)
        while piece := stream.read(WRITE):
            yield piece
    else:
        yield from stdin
