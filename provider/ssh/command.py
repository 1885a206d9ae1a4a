"""Run one command over a session: both outputs and the input at once, bounded memory, and a way to really end it.

Closing a channel does not end what runs on the machine (OpenSSH leaves it alone without a terminal), so every command
first tells the process id of its login shell on a line that is taken out of the output again. To end it, a second
channel walks the process tree from there, across the sessions that sudo makes.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

import paramiko
from paramiko.agent import AgentRequestHandler

from provider.errors import ConnectionLost, DeadlineExceeded, Interrupted
from provider.interruption import Interruption
from provider.ssh.deadline import Deadline
from provider.ssh.machine import Input, OutputHandler
from provider.ssh.packets import send_all
from provider.ssh.session import Session
from provider.ssh.text import KILLED, quote

READ = 256 * 1024
WRITE = 4 * 2**20
GRACE = 1.0
"""Seconds that output may still come after the command ended: something it started holds its streams open."""
KILL_TIMEOUT = 5.0
# As root too, where sudo asks nothing: what sudo runs belongs to root.
_KILL = r"""
leader=$1; [ "$leader" -gt 1 ] || exit 0
processes() {
  if [ -r /proc/1/stat ]; then cat /proc/[0-9]*/stat 2>/dev/null
  else ps -A -o pid= -o ppid= -o sid= 2>/dev/null || ps -A -o pid= -o ppid=; fi
}
tree() {
  processes | awk -v top="$leader" -v me="$$" '
    { if ($0 ~ /\) /) { pid = $1; sub(/^.*\) /, ""); parent[pid] = $2; sid[pid] = $4; gone[pid] = $1 == "Z" }
      else { parent[$1] = $2; sid[$1] = $3 } }
    END {
      keep[top] = 1
      do { grown = 0
        for (p in parent) if (!(p in keep) && ((parent[p] in keep) || sid[p] == top)) { keep[p] = 1; grown = 1 }
      } while (grown)
      for (p = me; (p in parent) && p > 1; p = parent[p]) delete keep[p]
      for (p in keep) if (p > 1 && (p in parent) && !gone[p]) print p
    }'
}
as_root=; [ "$(id -u)" = 0 ] || { sudo -n true 2>/dev/null && as_root="sudo -n"; }
for signal in TERM KILL KILL; do
  pids=$(tree); [ -n "$pids" ] || exit 0
  kill -s $signal $pids 2>/dev/null
  [ -z "$as_root" ] || $as_root kill -s $signal $pids 2>/dev/null
  for i in 1 2 3 4 5; do [ -n "$(tree)" ] || exit 0; sleep 0.1 2>/dev/null || sleep 1; done
done
"""


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


class RunningCommand:
    """One command on one channel of a session."""

    def __init__(self, session: Session, interruption: Interruption, *, pty: bool, forward_agent: bool) -> None:
        self._session = session
        self._interruption = interruption
        self._pty = pty
        self._forward_agent = forward_agent
        self._wake = threading.Event()
        self._input_error: BaseException | None = None
        self._token = f"leader-{secrets.token_hex(12)}".encode()
        self._finders = {False: _LeaderFinder(self._token), True: _LeaderFinder(self._token)}

    def run(
        self,
        command: str,
        stdin: Input | None,
        on_stdout: OutputHandler | None,
        on_stderr: OutputHandler | None,
        timeout: float | None,
    ) -> int:
        """Run to the end and return the exit code (KILLED for a signal)."""
        deadline = Deadline(timeout)
        with self._interruption.calling(self._wake.set), self._started(command, stdin) as channel:
            try:
                self._pump(channel, {False: on_stdout, True: on_stderr}, deadline)
                return self._exit_code(channel)
            except (Interrupted, DeadlineExceeded):
                self._end(channel)
                raise

    @contextmanager
    def _started(self, command: str, stdin: Input | None) -> Iterator[paramiko.Channel]:
        try:
            channel = self._open()
            self._start(channel, command, stdin)
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise self._lost(error) from None
        try:
            yield channel
        finally:
            with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
                channel.close()

    def _open(self) -> paramiko.Channel:
        if not self._session.transport.is_active():
            raise self._lost(None)
        channel = self._session.transport.open_session(timeout=60)
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
        announce = quote(f"echo {self._token.decode()} $PPID >&2")
        channel.exec_command(f"/bin/sh -c {announce}; {command}".encode())
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
        while True:
            self._wake.clear()
            self._interruption.check()
            if self._input_error is not None:
                raise self._input_error
            moved = self._read(channel, handlers)
            if deadline.passed:
                raise DeadlineExceeded(f"the command did not end within {deadline.timeout:g} s")
            if moved:
                grace = None
                continue
            outputs_closed = channel.closed or channel.eof_received
            if channel.exit_status_ready() or channel.closed:
                grace = grace or Deadline(GRACE)
                if outputs_closed or grace.passed:
                    break
            # A command may close its outputs and live on: then only its exit status can be waited for.
            if outputs_closed:
                channel.status_event.wait(deadline.left(0.05))
            else:
                self._wake.wait(deadline.left(0.1 if grace else 1.0))
        self._read(channel, handlers)
        for is_stderr, finder in self._finders.items():
            self._hand_over(handlers[is_stderr], finder.rest())

    def _read(self, channel: paramiko.Channel, handlers: dict[bool, OutputHandler | None]) -> bool:
        moved = False
        for is_stderr in (False, True):
            if channel.recv_stderr_ready() if is_stderr else channel.recv_ready():
                data = channel.recv_stderr(READ) if is_stderr else channel.recv(READ)
                moved = True
                if is_stderr or self._pty:
                    data = self._finders[is_stderr].feed(data)
                self._hand_over(handlers[is_stderr], data)
        return moved

    @staticmethod
    def _hand_over(handler: OutputHandler | None, data: bytes) -> None:
        if data and handler is not None:
            handler(data)

    def _exit_code(self, channel: paramiko.Channel) -> int:
        if channel.exit_status_ready() and channel.exit_status >= 0:
            return channel.exit_status
        # No exit status: the line broke, the machine goes down, or a signal ended the shell.
        self._session.transport.join(timeout=GRACE)
        if not self._session.transport.is_active():
            raise self._lost(None)
        return KILLED

    def _end(self, channel: paramiko.Channel) -> None:
        """End the remote command with all that it started; bounded, and silent about what no longer answers."""
        pid = self._finders[False].pid or self._finders[True].pid
        ended = threading.Event()

        def end() -> None:
            try:
                if pid:
                    self._kill_tree(pid)
                elif not channel.closed:
                    _signal(channel, "KILL")
            except (paramiko.SSHException, OSError, EOFError):
                # No second channel (MaxSessions 1): all that is left. Never after the end of the channel, since
                # a server takes a packet for a channel it has closed as a reason to hang up.
                with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
                    if not channel.closed:
                        _signal(channel, "KILL")
            finally:
                ended.set()

        threading.Thread(target=end, name="ssh-end", daemon=True).start()
        ended.wait(2 * KILL_TIMEOUT)

    def _kill_tree(self, pid: int) -> None:
        with self._session.transport.open_session(timeout=KILL_TIMEOUT) as killer:
            killer.exec_command(f"/bin/sh -c {quote(_KILL)} end {pid}")
            killer.shutdown_write()
            killer.status_event.wait(KILL_TIMEOUT)

    def _lost(self, error: BaseException | None) -> ConnectionLost:
        reason = self._session.lost or (str(error) if error and str(error) else "the machine closed it")
        return ConnectionLost(f"the SSH connection was lost: {reason}")


def _signal(channel: paramiko.Channel, name: str) -> None:
    """Send the SSH signal request (RFC 4254 6.9), for servers where the process tree could not be walked."""
    message = paramiko.Message()
    message.add_byte(bytes([paramiko.common.MSG_CHANNEL_REQUEST]))
    message.add_int(channel.remote_chanid)
    message.add_string("signal")
    message.add_boolean(False)
    message.add_string(name)
    channel.transport._send_user_message(message)  # type: ignore[union-attr]  # an open channel has one


def _pieces(stdin: Input) -> Iterator[bytes]:
    if isinstance(stdin, bytes):
        yield stdin
    elif hasattr(stdin, "read"):
        stream = cast(BinaryIO, stdin)
        while piece := stream.read(WRITE):
            yield piece
    else:
        yield from stdin
