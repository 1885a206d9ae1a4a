"""One QEMU process: started, watched, ended, and found again after a crash of the cloud."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.vm import host
from pulumi_hyperone.local_cloud.machines.vm.qmp import Monitor

PID_FILE = "qemu.pid"
ERROR_LOG = "qemu.log"
_KILLED = 10.0
_PRESSED_EVERY = 3.0


def start_time(pid: int) -> str | None:
    """When a process started, in clock ticks since boot (proc(5), field 22); None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


async def kill_leftover(folder: Path) -> None:
    """Kill the QEMU that a crashed cloud left in a machine's folder; another process with its number is left alone."""
    file = folder / PID_FILE
    try:
        kept = json.loads(file.read_text())
    except (OSError, ValueError):
        return
    deadline = time.monotonic() + _KILLED
    while start_time(kept["pid"]) == kept["start_time"]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(kept["pid"], signal.SIGKILL)
        if time.monotonic() > deadline:
            raise MachineError(f"process {kept['pid']}, a QEMU of an earlier run, cannot be killed")
        await asyncio.sleep(0.05)
    file.unlink(missing_ok=True)


class Qemu:
    """A running QEMU with its monitor."""

    def __init__(self, name: str, folder: Path, process: asyncio.subprocess.Process) -> None:
        self._name = name
        self._folder = folder
        self._process = process
        self.monitor = Monitor(name)

    @classmethod
    async def launch(cls, name: str, folder: Path, command: Callable[[int], list[str]]) -> Qemu:
        """Start QEMU with `command(fd)`, fd being its end of the monitor's socket; returns when the monitor answers.

        Raises MachineError with QEMU's last lines when it ends at once.
        """
        await kill_leftover(folder)
        ours, theirs = socket.socketpair()
        with theirs, (folder / ERROR_LOG).open("wb") as errors:
            process = await asyncio.create_subprocess_exec(
                *command(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                pass_fds=[theirs.fileno()],
                env=host.environment(),
            )
        qemu = cls(name, folder, process)
        kept = {"pid": process.pid, "start_time": start_time(process.pid)}
        (folder / PID_FILE).write_text(json.dumps(kept))
        try:
            await qemu.monitor.connect(ours)
        except BaseException as error:
            await qemu.kill()
            if isinstance(error, MachineError):
                raise MachineError(f"machine {name} did not start: {qemu.last_words() or error}") from error
            raise
        return qemu

    def last_words(self) -> str:
        """The last lines that QEMU wrote to its standard error."""
        try:
            return host.last_lines((self._folder / ERROR_LOG).read_text(errors="replace"))
        except OSError:
            return ""

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process.returncode is None

    async def ended(self) -> int:
        """Wait for the end of the process; returns its exit status."""
        status = await self._process.wait()
        (self._folder / PID_FILE).unlink(missing_ok=True)
        await self.monitor.close()
        return status

    async def power_down(self, timeout: float) -> bool:
        """Press the power button until the guest is off, up to `timeout` seconds; whether it went off.

        Pressed again and again, since a guest that is still booting does not listen yet.
        """
        deadline = time.monotonic() + timeout
        while (left := deadline - time.monotonic()) > 0:
            with contextlib.suppress(MachineError):
                await self.monitor.execute("system_powerdown")
            try:
                await asyncio.wait_for(asyncio.shield(self._process.wait()), min(_PRESSED_EVERY, left))
            except TimeoutError:
                continue
            return True
        return False

    async def quit(self) -> None:
        """Cut the power; QEMU writes what it holds to the disks' files first."""
        with contextlib.suppress(MachineError):
            await self.monitor.execute("quit")
        try:
            await asyncio.wait_for(asyncio.shield(self._process.wait()), _KILLED)
        except TimeoutError:
            await self.kill()

    async def kill(self) -> None:
        """End the process at once."""
        if self.is_running:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await self.ended()
