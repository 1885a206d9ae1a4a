"""Virtual machines for tests: an event loop in a thread, disks in a temporary folder, SSH by paramiko."""

from __future__ import annotations

import asyncio
import itertools
import shutil
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import paramiko
import pytest

from pulumi_hyperone.local_cloud.machines.base import Adapter, DiskRef, MachineSpec
from pulumi_hyperone.local_cloud.machines.vm import VirtualMachines

T = TypeVar("T")
SSH_PORT = 22077
BOOT_LIMIT = 480.0


class Bench:
    """VirtualMachines whose coroutines are run from synchronous tests, with the folders they need."""

    def __init__(self, folder: Path, cache: Path | None = None) -> None:
        self.folder = folder
        self.off: list[str] = []
        self.key = paramiko.ECDSAKey.generate()
        self._ids = itertools.count(1)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.vms = VirtualMachines(self._went_off, cache)

    async def _went_off(self, vm_id: str) -> None:
        self.off.append(vm_id)

    def run(self, work: Coroutine[Any, Any, T], timeout: float = 180) -> T:
        """Run a coroutine in the loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def close(self) -> None:
        """End every machine and the loop."""
        self.run(self.vms.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def new_folder(self, name: str) -> Path:
        """Return a new empty folder."""
        folder = self.folder / f"{name}-{next(self._ids)}"
        folder.mkdir()
        return folder

    def disk(self, size_gib: float = 1, source: Path | None = None) -> DiskRef:
        """Make a disk: blank, or from an image disk folder."""
        disk = DiskRef(f"5f00aaaabbbbccccdddd{next(self._ids):04x}", self.new_folder("disk"), size_gib)
        self.run(self.vms.make_disk(disk, source))
        return disk

    def spec(self, *disks: DiskRef, address: str, name: str = "web", **more: Any) -> MachineSpec:
        """Describe a machine with one public adapter."""
        number = next(self._ids)
        adapter = Adapter(f"52:54:00:00:00:{number:02x}", (address,), "127.77.0.1", "255.255.0.0", ("127.77.0.1",))
        key = f"{self.key.get_name()} {self.key.get_base64()} test"
        values: dict[str, Any] = {"vm_id": f"vm{number}", "name": name, "folder": self.new_folder("vm")}
        values |= {"username": "guru", "ssh_keys": (key,), "password_sha512": None, "user_data": b""}
        values |= {"cpu": 2, "memory_mib": 1024, "adapters": (adapter,), "disks": disks}
        values |= {"ssh_addresses": (address,), "ssh_port": SSH_PORT}
        return MachineSpec(**{**values, **more})

    def login(self, address: str, timeout: float = BOOT_LIMIT, **more: Any) -> paramiko.SSHClient:
        """Log in as guru, as soon as the machine answers."""
        deadline = time.monotonic() + timeout
        while True:
            client = paramiko.SSHClient()
            client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
            how: dict[str, Any] = {"pkey": self.key, "allow_agent": False, "look_for_keys": False, **more}
            try:
                client.connect(address, SSH_PORT, "guru", timeout=60, banner_timeout=60, auth_timeout=60, **how)
            except (OSError, EOFError, paramiko.SSHException) as error:
                client.close()
                if isinstance(error, paramiko.AuthenticationException) and more:
                    raise
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.25)
            else:
                return client

    def wait_until(self, condition: Callable[[], bool], timeout: float = 60) -> None:
        """Wait until a condition holds; fail after `timeout` seconds."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, "did not happen in time"
            time.sleep(0.1)


def sh(client: paramiko.SSHClient, command: str, *, ok: bool = True) -> str:
    """Run a command over SSH; returns what it printed, fails where it fails."""
    _, stdout, _ = client.exec_command(f"({command}) 2>&1", timeout=600)
    text = stdout.read().decode()
    status = stdout.channel.recv_exit_status()
    assert not ok or status == 0, f"{command}: {status}: {text}"
    return text.strip()


@pytest.fixture(scope="session")
def in_guest() -> Callable[..., str]:
    """How tests run a command in a machine."""
    return sh


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """A bench with the user's cache, so that Debian is built once per machine."""
    bench = Bench(tmp_path_factory.mktemp("vm"))
    yield bench
    bench.close()
    shutil.rmtree(bench.folder, ignore_errors=True)


@pytest.fixture(scope="module")
def debian(bench: Bench) -> Path:
    """The image disk folder of debian-12."""
    folder = bench.new_folder("debian-12")
    bench.run(bench.vms.build_image("debian-12", folder, lambda _: None), timeout=1800)
    return folder


def boot_sector(text: str, *, power_off: bool, code: bytes) -> bytes:
    """A disk that the BIOS boots: runs `code`, or writes `text` to the serial console, then turns off or halts."""
    if code:
        return code.ljust(510, b"\0") + b"\x55\xaa"
    write = bytes.fromhex("31c08ed8 be1f7c ac 84c0 7406 baf803 ee ebf5".replace(" ", ""))
    end = bytes.fromhex("ba0406 b80020 ef".replace(" ", "")) if power_off else b"\x90" * 7
    code = (write + end + bytes.fromhex("f4ebfd")).ljust(0x1F, b"\x90") + text.encode() + b"\0"
    return code.ljust(510, b"\0") + b"\x55\xaa"


@pytest.fixture
def bios_image(bench: Bench) -> Callable[..., Path]:
    """Makes image disk folders of disks with a boot sector of their own."""

    def make(text: str = "BOOTED BY BIOS", *, power_off: bool = False, code: bytes = b"") -> Path:
        folder = bench.new_folder("image")
        file = bench.folder / f"{folder.name}.raw"
        file.write_bytes(boot_sector(text, power_off=power_off, code=code).ljust(1 << 20, b"\0"))
        with file.open("rb") as opened:
            bench.run(bench.vms.import_image(opened, folder))
        return folder

    return make
