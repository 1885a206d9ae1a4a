"""Sandbox machines on loopback addresses, in an event loop of their own, and real clients for them."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import io
import itertools
import os
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import paramiko

from pulumi_hyperone.local_cloud.machines.base import Adapter, DiskRef, MachineSpec
from pulumi_hyperone.local_cloud.machines.sandbox import SandboxMachines

# Each test process listens on a port of its own.
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
PORT = int(os.environ.get("SANDBOX_TEST_PORT", 47222 + WORKER))
_numbers = itertools.count(1)


class Sandboxes:
    """SandboxMachines in a thread, with the calls made blocking; makes specs, disks and SSH clients."""

    def __init__(self, folder: Path, port: int = PORT) -> None:
        self.folder = folder
        self.port = port
        self.went_off: list[str] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.machines = SandboxMachines(self._on_power_off)
        self.key = paramiko.RSAKey.generate(2048)
        self.key_file = folder / "id_rsa"
        self.key.write_private_key_file(str(self.key_file))

    async def _on_power_off(self, vm_id: str) -> None:
        self.went_off.append(vm_id)

    def run(self, work: Coroutine[Any, Any, Any], timeout: float = 60) -> Any:
        """Run a coroutine in the machines' loop and return its result."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(timeout)

    def close(self) -> None:
        """End the machines, then the loop."""
        self.run(self.machines.close())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def disk(self, source: Path | None = None) -> DiskRef:
        """Make a disk, blank or from an image folder."""
        number = next(_numbers)
        folder = self.folder / f"disk{number}"
        folder.mkdir()
        disk = DiskRef(f"{number:024x}", folder, 10)
        self.run(self.machines.make_disk(disk, source))
        return disk

    def spec(self, source: Path | None = None, **changes: Any) -> MachineSpec:
        """Make a spec with a disk of its own and an address that no other spec has."""
        number = next(_numbers)
        folder = self.folder / f"vm{number}"
        folder.mkdir()
        spec = MachineSpec(
            vm_id=f"{number:024x}",
            name=f"web-{number}",
            folder=folder,
            username="guru",
            ssh_keys=(f"ssh-rsa {self.key.get_base64()} somebody@somewhere",),
            password_sha512=None,
            user_data=b"",
            cpu=1,
            memory_mib=512,
            adapters=(Adapter("fa:16:3e:00:00:01", ("10.0.0.2",), "10.0.0.1", "255.255.255.0", ("1.1.1.1",)),),
            disks=(),
            ssh_addresses=(f"127.77.200.{number % 250 + 1}",),
            ssh_port=self.port,
        )
        changes.setdefault("disks", None)
        if changes["disks"] is None:
            changes["disks"] = (self.disk(source),)
        return dataclasses.replace(spec, **changes)

    def start(self, spec: MachineSpec | None = None, **changes: Any) -> MachineSpec:
        """Start a machine and return its spec."""
        spec = spec or self.spec(**changes)
        self.run(self.machines.start(spec))
        return spec

    @contextlib.contextmanager
    def client(self, spec: MachineSpec, **options: Any) -> Iterator[paramiko.SSHClient]:
        """Log in with paramiko."""
        client = paramiko.SSHClient()
        client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        options.setdefault("username", spec.username)
        if "password" not in options:
            options.setdefault("pkey", self.key)
        client.connect(
            spec.ssh_addresses[0],
            spec.ssh_port,
            timeout=20,
            banner_timeout=60,
            auth_timeout=60,
            allow_agent=False,
            look_for_keys=False,
            **options,
        )
        try:
            yield client
        finally:
            client.close()

    def ssh(self, spec: MachineSpec, command: str, stdin: bytes = b"") -> tuple[int, bytes, bytes]:
        """Run a command by paramiko; returns exit code, output and errors."""
        with self.client(spec) as client:
            channel_in, out, err = client.exec_command(command, timeout=60)
            # A command may end before it has read its input: what it says and how it ended come all the same.
            with contextlib.suppress(OSError):
                channel_in.write(stdin)
                channel_in.channel.shutdown_write()
            output, errors = io.BytesIO(out.read()), io.BytesIO(err.read())
            return out.channel.recv_exit_status(), output.getvalue(), errors.getvalue()

    def sh(self, spec: MachineSpec, command: str) -> str:
        """Run a command that has to succeed; returns its output without the last line end."""
        code, output, errors = self.ssh(spec, command)
        assert code == 0, f"{command}: exit code {code}\n{output.decode()}\n{errors.decode()}"
        return output.decode().rstrip("\n")

    def openssh(
        self, tool: str, spec: MachineSpec, *arguments: str, **options: Any
    ) -> subprocess.CompletedProcess[bytes]:
        """Run OpenSSH's ssh, scp or sftp against the machine (`HOST` in the arguments is its address)."""
        port = "-p" if tool == "ssh" else "-P"
        target = f"{spec.username}@{spec.ssh_addresses[0]}"
        return subprocess.run(
            [tool, "-F", "none", port, str(spec.ssh_port), "-i", str(self.key_file), "-o", "StrictHostKeyChecking=no"]
            + ["-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR"]
            + ["-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none"]
            + [argument.replace("HOST", target) for argument in arguments],
            capture_output=True,
            timeout=60,
            check=False,
            **options,
        )


def wait_until(condition: Callable[[], object], seconds: float = 8) -> bool:
    """Ask until the condition holds or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
