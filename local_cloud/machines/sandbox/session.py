"""One SSH session channel: a command, shell or SFTP server in a sandbox, with its bytes pumped both ways."""

from __future__ import annotations

import asyncio
import contextlib
import re
import signal
from collections.abc import Mapping, Sequence
from typing import Protocol

import asyncssh

from pulumi_hyperone.local_cloud.machines.base import MachineSpec
from pulumi_hyperone.local_cloud.machines.sandbox.host import Host
from pulumi_hyperone.local_cloud.machines.sandbox.process import SandboxProcess
from pulumi_hyperone.local_cloud.machines.sandbox.system_files import PATH_INSIDE, home_of

_CHUNK = 256 * 1024
_INPUT_LIMIT = 4 * 1024 * 1024
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NOT_FROM_CLIENT = frozenset({"HOME", "USER", "LOGNAME", "SHELL", "PATH", "SSH_CONNECTION", "SSH_CLIENT"})
_START_FAILED = 254
_SIGNALS = {member.name: member.value for member in signal.Signals}


class SessionMachine(Protocol):
    """What a session needs of its machine."""

    spec: MachineSpec
    host: Host

    async def start_process(
        self, command: str | Sequence[str], environment: Mapping[str, str], *, terminal: bool
    ) -> SandboxProcess:
        """Start a process inside the machine; OSError when it cannot be."""

    def add_session(self, session: SandboxSession) -> None:
        """Take note of a session that runs."""

    def remove_session(self, session: SandboxSession) -> None:
        """Forget a session that has ended."""


class SandboxSession(asyncssh.SSHServerSession[bytes]):
    """A session channel; ends its process when the client goes, and the channel when the process does."""

    def __init__(self, machine: SessionMachine, connection: asyncssh.SSHServerConnection) -> None:
        self._machine = machine
        self._connection = connection
        self._command: str | list[str] = []
        self._terminal = False
        self._ending = False
        self._process: SandboxProcess | None = None
        self._task: asyncio.Task[None] | None = None
        self._input: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._waiting_input = 0
        self._reading_paused = False
        self._writable = asyncio.Event()
        self._writable.set()

    @property
    def task(self) -> asyncio.Task[None] | None:
        """The task that runs the session, None before it has started."""
        return self._task

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        """Take the channel."""
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: object, term_modes: object) -> bool:  # noqa: ARG002
        """Every session may have a terminal."""
        self._terminal = True
        return True

    def shell_requested(self) -> bool:
        """Run the login shell."""
        self._command = ["/bin/bash", "--login"]
        return True

    def exec_requested(self, command: str) -> bool:
        """Run a command by the login shell, as sshd does."""
        self._command = command
        return True

    def subsystem_requested(self, subsystem: str) -> bool:
        """Run the SFTP server; there is no other subsystem."""
        self._command = [self._machine.host.sftp_server]
        return subsystem == "sftp"

    def session_started(self) -> None:
        """Start the process."""
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._machine.add_session(self)

    def data_received(self, data: bytes, datatype: int | None) -> None:  # noqa: ARG002
        """Queue input for the process; the client is held back while too much waits."""
        self._input.put_nowait(data)
        self._waiting_input += len(data)
        if self._waiting_input > _INPUT_LIMIT and not self._reading_paused:
            self._reading_paused = True
            self._channel.pause_reading()

    def eof_received(self) -> bool:
        """End of input; output may still follow."""
        self._input.put_nowait(None)
        return True

    def pause_writing(self) -> None:
        """Hold the output: the client does not keep up."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Go on with the output."""
        self._writable.set()

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        """Pass the new window size on."""
        if self._process is not None:
            self._process.resize(width, height, pixwidth, pixheight)

    def signal_received(self, signal: str) -> None:
        """Pass a signal on; names are those of RFC 4254, without SIG."""
        number = _SIGNALS.get(f"SIG{signal}")
        if self._process is not None and number is not None:
            self._process.signal(number)

    def break_received(self, msec: int) -> bool:  # noqa: ARG002
        """Treat a break as an interrupt."""
        self.signal_received("INT")
        return True

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """End what still runs: the channel is closed."""
        self._writable.set()
        self.kill()

    def terminate(self) -> None:
        """Ask the processes of the session to end, as a shutdown does."""
        if self._process is not None:
            # Shells on a terminal ignore SIGTERM; a hang-up ends them.
            self._process.signal(signal.SIGHUP if self._process.has_terminal else signal.SIGTERM)

    def kill(self) -> None:
        """End the session now; its task says when that is done."""
        if self._task is not None and not self._ending:
            self._task.cancel()

    async def _run(self) -> None:
        feeder: asyncio.Task[None] | None = None
        try:
            self._process = await self._machine.start_process(
                self._command, self._environment(), terminal=self._terminal
            )
            self._process.resize(*self._channel.get_terminal_size())
            feeder = asyncio.get_running_loop().create_task(self._feed(self._process))
            outputs = [self._pump(self._process.stdout, None)]
            if self._process.stderr is not None:
                outputs.append(self._pump(self._process.stderr, asyncssh.EXTENDED_DATA_STDERR))
            await asyncio.gather(*outputs)
            code = await self._process.wait()
            self._end_channel(code)
        except OSError as error:
            with contextlib.suppress(OSError):
                self._channel.write_stderr(f"the sandbox could not be started: {error.strerror or error}\n".encode())
            self._end_channel(_START_FAILED)
        finally:
            self._ending = True
            if feeder is not None:
                feeder.cancel()
            if self._process is not None:
                await self._process.kill()
            self._machine.remove_session(self)
            self._channel.close()

    def _end_channel(self, code: int) -> None:
        with contextlib.suppress(OSError):
            self._channel.write_eof()
            self._channel.exit(code)

    async def _pump(self, source: asyncio.StreamReader, datatype: int | None) -> None:
        while data := await source.read(_CHUNK):
            await self._writable.wait()
            try:
                self._channel.write(data, datatype)
            except BrokenPipeError:
                return

    async def _feed(self, process: SandboxProcess) -> None:
        broken = False
        while (data := await self._input.get()) is not None:
            if not broken:
                try:
                    process.stdin.write(data)
                    await process.stdin.drain()
                except OSError:
                    broken = True  # the process closed its input; the client's bytes are read and dropped
            self._waiting_input -= len(data)
            if self._reading_paused and self._waiting_input <= _INPUT_LIMIT // 2:
                self._reading_paused = False
                self._channel.resume_reading()
        if process.has_terminal:
            process.stdin.write(b"\x04")  # a terminal's end of file
        else:
            process.stdin.close()

    def _environment(self) -> dict[str, str]:
        name = self._machine.spec.username
        peer, own = self._connection.get_extra_info("peername"), self._connection.get_extra_info("sockname")
        variables = {
            "LANG": "C.UTF-8",
            **{
                key: value
                for key, value in self._channel.get_environment().items()
                if _VARIABLE.fullmatch(key) and key not in _NOT_FROM_CLIENT and "\0" not in value
            },
            "HOME": home_of(name),
            "USER": name,
            "LOGNAME": name,
            "SHELL": "/bin/bash",
            "PATH": PATH_INSIDE,
            "MAIL": f"/var/mail/{name}",
            "SSH_CLIENT": f"{peer[0]} {peer[1]} {own[1]}",
            "SSH_CONNECTION": f"{peer[0]} {peer[1]} {own[0]} {own[1]}",
        }
        if self._terminal:
            variables["TERM"] = self._channel.get_terminal_type() or "dumb"
        return variables
