"""One running sandbox machine: its files, listeners, connections and sessions."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import asyncssh

from pulumi_hyperone.local_cloud.machines.base import MachineError, MachineSpec
from pulumi_hyperone.local_cloud.machines.sandbox import disk, system_files
from pulumi_hyperone.local_cloud.machines.sandbox.enclosure import Enclosure
from pulumi_hyperone.local_cloud.machines.sandbox.host import Host
from pulumi_hyperone.local_cloud.machines.sandbox.process import SandboxProcess, start_process
from pulumi_hyperone.local_cloud.machines.sandbox.server import host_key, listen
from pulumi_hyperone.local_cloud.machines.sandbox.session import SandboxSession
from pulumi_hyperone.local_cloud.machines.threads import in_thread

SERIAL_LOG = "serial.log"
GRACE_SECONDS = 3.0

_SERIAL_LIMIT = 256 * 1024
_CLOSE_SECONDS = 1.0
_SETTLE_SECONDS = 0.25
_BOOTED = "booted"


class SandboxMachine:
    """A machine that has power from `start` to `stop`. `on_request` gets "reboot" or "poweroff" from the guest."""

    def __init__(self, spec: MachineSpec, host: Host, on_request: Callable[[str], None]) -> None:
        self.spec = spec
        self.host = host
        self._on_request = on_request
        self._listeners: dict[str, asyncssh.SSHAcceptor] = {}
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._sessions: set[SandboxSession] = set()
        self._boot: asyncio.Task[None] | None = None
        self._control = -1
        self._stopping = False

    async def start(self) -> None:
        """Prepare the files and open the listeners; MachineError leaves nothing open."""
        await disk.adopt(self.spec.disks[0].folder, self.host)
        first_boot = await in_thread(self._prepare)
        asyncio.get_running_loop().add_reader(self._control, self._read_control)
        try:
            self._enclosure = Enclosure(self.spec, self.host)
            await self.listen_on(self.spec.ssh_addresses)
        except BaseException:
            await self.stop(0.0)
            raise
        (self.spec.folder / _BOOTED).touch()
        if first_boot:
            self._boot = asyncio.get_running_loop().create_task(self._run_user_script())
        self.log(f"machine {self.spec.name} started; SSH on {', '.join(self._listeners) or 'no address'}")

    def _prepare(self) -> bool:
        """Write the machine's files; returns whether the user data script is to be run."""
        self.spec.folder.mkdir(parents=True, exist_ok=True)
        first_boot = self.spec.user_data.startswith(b"#!") and not (self.spec.folder / _BOOTED).exists()
        disk.complete(self.spec.disks[0].folder, self.host, self.spec.username, self.spec.ssh_keys)
        system_files.write_etc(self.spec)
        fifo = system_files.write_run(self.spec.folder, self.host, first_boot=first_boot)
        self._control = os.open(fifo, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._key = host_key(self.spec.folder)
        return first_boot

    async def listen_on(self, addresses: Sequence[str]) -> None:
        """Answer on exactly these addresses; connections to others are dropped."""
        for address in set(self._listeners) - set(addresses):
            self._listeners.pop(address).close()
            for connection in self._connections_on(address):
                connection.abort()
        for address in addresses:
            if address not in self._listeners:
                self._listeners[address] = await listen(
                    self.spec, address, self._key, self._connections, self._open_session
                )

    def _open_session(self, connection: asyncssh.SSHServerConnection) -> SandboxSession:
        return SandboxSession(self, connection)

    def _connections_on(self, address: str) -> Iterable[asyncssh.SSHServerConnection]:
        return [c for c in self._connections if (c.get_extra_info("sockname") or ("",))[0] == address]

    def _read_control(self) -> None:
        with contextlib.suppress(BlockingIOError):
            for request in os.read(self._control, 4096).decode(errors="replace").split():
                if request in {"reboot", "poweroff"} and not self._stopping:
                    self.log(f"the guest asks for {request}")
                    self._on_request(request)

    async def settle(self) -> None:
        """Give sessions a moment to end by themselves: who asked to go down has an exit code to report."""
        tasks = [session.task for session in self._sessions if session.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=_SETTLE_SECONDS)

    async def stop(self, grace: float) -> None:
        """End all sessions and listeners: ask first and wait up to `grace` seconds, then by force."""
        self._stopping = True
        for listener in self._listeners.values():
            listener.close()
        self._listeners.clear()
        if self._control >= 0:
            asyncio.get_running_loop().remove_reader(self._control)
            os.close(self._control)
            self._control = -1
        tasks = [session.task for session in self._sessions if session.task is not None]
        if self._boot is not None:
            self._boot.cancel()
            tasks.append(self._boot)
        if tasks and grace > 0:
            for session in list(self._sessions):
                session.terminate()
            await asyncio.wait(tasks, timeout=grace)
        for session in list(self._sessions):
            session.kill()
        if tasks:
            await asyncio.wait(tasks)
        await self._close_connections(_CLOSE_SECONDS if grace > 0 else 0.0)
        self.log("machine stopped")

    async def _close_connections(self, seconds: float) -> None:
        """Say good-bye to the clients and wait up to `seconds` for them, then cut the connections."""
        connections = list(self._connections)
        if seconds > 0:
            for connection in connections:
                connection.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(c.wait_closed() for c in connections), return_exceptions=True)
        for connection in connections:
            connection.abort()

    async def start_process(
        self, command: str | Sequence[str], environment: Mapping[str, str], *, terminal: bool
    ) -> SandboxProcess:
        """Start a process inside the machine; OSError when it cannot be, also when the machine is going down."""
        if self._stopping:
            raise OSError("the machine is going down")
        return await start_process(self._enclosure, command, environment, self.host, terminal=terminal)

    async def _run_user_script(self) -> None:
        """Run the user data script as root; its output is in /var/log/cloud-init-output.log."""
        environment = {"PATH": system_files.PATH_INSIDE, "HOME": "/root", "LANG": "C.UTF-8"}
        try:
            process = await self.start_process(["sudo", "first-boot"], environment, terminal=False)
        except OSError as error:
            self.log(f"the user data script could not be started: {error}")
            return
        try:
            process.stdin.write(self.spec.user_data)
            with contextlib.suppress(OSError):
                await process.stdin.drain()
            process.stdin.close()
            self.log(f"user data script ended with exit code {await process.wait()}")
        finally:
            await process.kill()

    def add_session(self, session: SandboxSession) -> None:
        """Take note of a session that runs."""
        self._sessions.add(session)
        self.log("session opened")

    def remove_session(self, session: SandboxSession) -> None:
        """Forget a session that has ended."""
        self._sessions.discard(session)
        self.log("session closed")

    def log(self, event: str) -> None:
        """Append an event to the serial log, which starts over when it has grown large."""
        path = self.spec.folder / SERIAL_LOG
        with contextlib.suppress(OSError):
            too_long = path.exists() and path.stat().st_size > _SERIAL_LIMIT
            with path.open("w" if too_long else "a") as file:
                file.write(f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {event}\n")


def read_serial_log(folder: Path) -> str:
    """Return the serial log in the machine folder `folder`, empty when there is none."""
    try:
        return (folder / SERIAL_LOG).read_text(errors="replace")
    except FileNotFoundError:
        return ""


def check_spec(spec: MachineSpec) -> None:
    """Raise MachineError for a spec that no sandbox can be made of."""
    system_files.check_username(spec.username)
    if not spec.disks:
        raise MachineError(f"machine {spec.name} has no disk to start from")
