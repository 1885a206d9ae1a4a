"""What a machine is to the cloud: one interface behind both kinds (sandbox, vm).

The API side of the local cloud knows only this module. A disk is a folder whose content only its kind understands.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar


class MachineError(Exception):
    """A machine or disk operation failed; the message is shown to API users."""


#: The GUID of every machine's SCSI controller: guests show it at /sys/bus/vmbus/devices (guest/…/local-cloud-vmbus).
#: It is the same for all, since machines go on from one saved first start.
CONTROLLER = "a2b7c0de-5c51-4f1e-9d0a-6b1f0c7e5a01"


@dataclass(frozen=True)
class DiskRef:
    """A disk as a machine sees it: its API id, its folder, its size in GiB, its SCSI location (None: the next free)."""

    id: str
    folder: Path
    size_gib: float
    location: int | None = None


@dataclass(frozen=True)
class Adapter:
    """A network adapter: MAC, IPv4 addresses, and the network it is in (dotted IPv4 texts)."""

    mac: str
    addresses: tuple[str, ...]
    gateway: str
    netmask: str
    nameservers: tuple[str, ...]


@dataclass(frozen=True)
class MachineSpec:
    """All that a machine needs to start; the same spec is given at every start of one VM.

    `ssh_keys` are OpenSSH public key lines. `password_sha512` is a crypt(3) `$6$` text. `user_data` is decoded
    already (raw bytes). `ssh_addresses` are the loopback addresses on which SSH must answer, on `ssh_port`.
    `disks[0]` is the OS disk. `folder` is private to this machine and survives restarts.
    """

    vm_id: str
    name: str
    folder: Path
    username: str
    ssh_keys: tuple[str, ...]
    password_sha512: str | None
    user_data: bytes
    cpu: int
    memory_mib: int
    adapters: tuple[Adapter, ...]
    disks: tuple[DiskRef, ...]
    ssh_addresses: tuple[str, ...]
    ssh_port: int


PowerOffHandler = Callable[[str], Awaitable[None]]


class Machines(ABC):
    """All machines of one kind. Methods run in the server's event loop and never block it."""

    kind: ClassVar[str]

    def __init__(self, on_power_off: PowerOffHandler) -> None:
        """`on_power_off(vm_id)` is awaited when a machine went off by itself (guest poweroff, crash)."""
        self.on_power_off = on_power_off

    @abstractmethod
    async def make_disk(self, disk: DiskRef, source: Path | None) -> None:
        """Fill the empty `disk.folder`: blank, or a copy of the disk or image disk in the folder `source`."""

    @abstractmethod
    async def resize_disk(self, disk: DiskRef) -> None:
        """Grow the disk to `disk.size_gib`."""

    @abstractmethod
    async def capture(self, disk: DiskRef, target: Path) -> int:
        """Copy the disk into the empty folder `target` as an image disk; returns the bytes it takes on the host."""

    @asynccontextmanager
    async def paused(self, vm_id: str) -> AsyncIterator[None]:  # noqa: ARG002
        """While inside, a running machine writes nothing to its disks, where the kind can hold it."""
        yield

    @abstractmethod
    async def start(self, spec: MachineSpec) -> None:
        """Power on; returns when it is powered on (not when SSH answers). Raises MachineError."""

    @abstractmethod
    async def stop(self, vm_id: str) -> None:
        """Shut down gracefully, by force after a bounded time; no error when it is off already."""

    @abstractmethod
    async def turn_off(self, vm_id: str) -> None:
        """Cut the power; no error when it is off already."""

    @abstractmethod
    async def plug(self, vm_id: str, disk: DiskRef) -> None:
        """Plug a disk into a running machine. Raises MachineError where the kind cannot."""

    @abstractmethod
    async def unplug(self, vm_id: str, disk_id: str) -> None:
        """Unplug a disk from a running machine."""

    @abstractmethod
    async def set_ssh_addresses(self, vm_id: str, addresses: Sequence[str]) -> None:
        """Make SSH of a running machine answer on exactly these loopback addresses."""

    @abstractmethod
    def is_running(self, vm_id: str) -> bool:
        """Whether the machine has power."""

    @abstractmethod
    def serial_log(self, folder: Path) -> str:
        """The machine's serial console so far, from its private folder; empty where it has none."""

    @abstractmethod
    async def close(self) -> None:
        """End every machine and listener of this kind; the server is going down."""
