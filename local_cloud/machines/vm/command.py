"""QEMU's command line for one machine."""

from __future__ import annotations

import enum
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineSpec
from pulumi_hyperone.local_cloud.machines.vm import disks, qmp
from pulumi_hyperone.local_cloud.machines.vm.metadata import GuestNetwork

SERIAL_LOG = "serial.log"
MIN_MEMORY_MIB = 512
# Tells the guest's start-up that network adapters and the CLOUDMD disk are plugged in later (see first_start).
WAIT_OPTION = "local_cloud.wait"

# A kind of option (netdev, blockdev, device) with its value, for the command line and for QMP alike.
Part = tuple[str, dict[str, object]]


class Mode(enum.Enum):
    """How a machine comes up: a plain boot, a first boot that is saved on its way, or from what was saved."""

    PLAIN = "plain"
    SAVED = "saved"
    RESUMED = "resumed"


@dataclass(frozen=True)
class Accelerator:
    """How QEMU runs the guest's code: the values of -accel and -cpu."""

    accel: str
    cpu: str
    is_kvm: bool


# qemu64 boots faster than max in software (fewer features to emulate).
TCG = Accelerator("tcg,thread=multi", "qemu64", is_kvm=False)
KVM = Accelerator("kvm", "host", is_kvm=True)


def serial_of(disk_id: str) -> str:
    """A disk's serial number in the guest: the last 12 characters of its id."""
    return disk_id[-12:]


def node_of(disk_id: str) -> str:
    """The name of a disk's block node; node names must start with a letter and have at most 31 characters."""
    return f"disk-{disk_id[-26:]}"


def netdev_of(index: int) -> str:
    """The name of the user network behind the `index`-th adapter."""
    return f"net{index}"


def command_line(
    spec: MachineSpec, accelerator: Accelerator, monitor_fd: int, devices: Sequence[Part], mode: Mode
) -> list[str]:
    """Return the whole command; `devices` come on top of what every machine has.

    QEMU is killed by the kernel when the cloud's process ends, however it ends (setpriv --pdeathsig).
    """
    return [
        *("setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"),
        *("-name", spec.name.replace(",", ",,"), "-nodefaults", "-no-user-config"),
        *("-machine", "pc", "-accel", accelerator.accel, "-cpu", accelerator.cpu),
        *("-smp", str(cpus(spec)), "-m", str(memory_mib(spec))),
        # Without a graphics card the boot takes 13 to 20 s longer (measured; never explained).
        *("-vga", "std", "-display", "none"),
        *("-chardev", f"socket,id=monitor,fd={monitor_fd}", "-mon", "chardev=monitor,mode=control"),
        *("-serial", f"file:{str(spec.folder / SERIAL_LOG).replace(',', ',,')}"),
        *("-device", "virtio-rng-pci", "-device", "virtio-scsi-pci,id=scsi0"),
        *[text for part in [*_os_disk(spec.disks[0]), *devices] for text in (f"-{part[0]}", json.dumps(part[1]))],
        *_kernel(spec.disks[0].folder, mode),
        *(("-incoming", "defer") if mode is Mode.RESUMED else ()),
    ]


def cpus(spec: MachineSpec) -> int:
    """Return the number of virtual processors: what the spec says, at most those of the host."""
    return min(max(spec.cpu, 1), os.cpu_count() or 1)


def memory_mib(spec: MachineSpec) -> int:
    """Return the memory in MiB: what the spec says, at least what Debian boots with."""
    return max(spec.memory_mib, MIN_MEMORY_MIB)


def own_devices(spec: MachineSpec, networks: Sequence[GuestNetwork], metadata: Path) -> list[Part]:
    """Return what makes this machine differ from others: network adapters, then the CLOUDMD disk.

    CLOUDMD is not on the SCSI controller, so that it cannot take a device letter there. SSH comes in by the first
    network.
    """
    parts: list[Part] = []
    for index, one in enumerate(networks):
        forwards = [f"tcp:{address}:{spec.ssh_port}-{one.addresses[0]}:22" for address in spec.ssh_addresses]
        network: dict[str, object] = {"type": "user", "id": netdev_of(index), "ipv6": False, "net": str(one.network)}
        network |= {"host": str(one.gateway), "dns": str(one.nameserver)}
        # DHCP gives the guest its own address too, for images that are not configured by cloud-init.
        network |= {"dhcpstart": str(one.addresses[0])}
        if index == 0:
            network["hostfwd"] = [{"str": forward} for forward in forwards]
        adapter: dict[str, object] = {"driver": "virtio-net-pci", "id": f"nic{index}", "netdev": netdev_of(index)}
        adapter |= {"mac": one.mac, "romfile": ""}
        parts += [("netdev", network), ("device", adapter)]
    file = {"driver": "file", "filename": str(metadata)}
    parts.append(("blockdev", {"driver": "raw", "node-name": "cloudmd", "read-only": True, "file": file}))
    parts.append(("device", {"driver": "virtio-blk-pci", "drive": "cloudmd"}))
    return parts


def _os_disk(disk: DiskRef) -> list[Part]:
    """Return the OS disk, alone on the SCSI controller."""
    node = node_of(disk.id)
    os_disk = qmp.scsi_disk(node, serial_of(disk.id), disk.location or 0)
    if not (disk.folder / disks.KERNEL).exists():
        os_disk["bootindex"] = 0  # a kernel loaded by QEMU has this index itself
    return [("blockdev", qmp.blockdev(node, disk.folder / disks.DISK)), ("device", os_disk)]


def _kernel(folder: Path, mode: Mode) -> list[str]:
    """Return the direct kernel boot where the disk carries a kernel; else nothing: the BIOS boots the disk."""
    if not (folder / disks.KERNEL).exists():
        return []
    append = (folder / disks.CMDLINE).read_text().strip()
    if mode is not Mode.PLAIN:
        append += f" {WAIT_OPTION}"
    return ["-kernel", str(folder / disks.KERNEL), "-initrd", str(folder / disks.INITRD), "-append", append]
