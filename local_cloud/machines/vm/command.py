"""QEMU's command line for one machine."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from local_cloud.machines.base import DiskRef, MachineSpec
from local_cloud.machines.vm import disks, qmp
from local_cloud.machines.vm.metadata import GuestNetwork

SERIAL_LOG = "serial.log"
MIN_MEMORY_MIB = 512


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
    spec: MachineSpec, accelerator: Accelerator, networks: list[GuestNetwork], metadata: Path, monitor_fd: int
) -> list[str]:
    """The whole command.

    QEMU is killed by the kernel when the cloud's process ends, however it ends (setpriv --pdeathsig).
    """
    return [
        *("setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"),
        *("-name", spec.name.replace(",", ",,"), "-nodefaults", "-no-user-config"),
        *("-machine", "pc", "-accel", accelerator.accel, "-cpu", accelerator.cpu),
        *("-smp", str(min(max(spec.cpu, 1), os.cpu_count() or 1)), "-m", str(max(spec.memory_mib, MIN_MEMORY_MIB))),
        # Without a graphics card the boot takes 13 to 20 s longer (measured; never explained).
        *("-vga", "std", "-display", "none"),
        *("-chardev", f"socket,id=monitor,fd={monitor_fd}", "-mon", "chardev=monitor,mode=control"),
        *("-serial", f"file:{_escaped(spec.folder / SERIAL_LOG)}"),
        *("-device", "virtio-rng-pci"),
        *_storage(spec.disks[0], metadata),
        *_networks(spec, networks),
        *_kernel(spec.disks[0].folder),
    ]


def _escaped(path: Path) -> str:
    return str(path).replace(",", ",,")


def _storage(disk: DiskRef, metadata: Path) -> list[str]:
    """The OS disk alone on the SCSI controller; the CLOUDMD disk elsewhere, so that it cannot take a device letter."""
    node = node_of(disk.id)
    os_disk = qmp.scsi_disk(node, serial_of(disk.id), 0)
    if not (disk.folder / disks.KERNEL).exists():
        os_disk["bootindex"] = 0  # a kernel loaded by QEMU has this index itself
    seed = {
        "driver": "raw",
        "node-name": "cloudmd",
        "read-only": True,
        "file": {"driver": "file", "filename": str(metadata)},
    }
    return [
        *("-device", "virtio-scsi-pci,id=scsi0"),
        *("-blockdev", json.dumps(qmp.blockdev(node, disk.folder / disks.DISK)), "-device", json.dumps(os_disk)),
        *("-blockdev", json.dumps(seed), "-device", "virtio-blk-pci,drive=cloudmd"),
    ]


def _networks(spec: MachineSpec, networks: list[GuestNetwork]) -> list[str]:
    """User networks; SSH comes in through the first one."""
    argv: list[str] = []
    for index, one in enumerate(networks):
        forwards = [f"hostfwd=tcp:{address}:{spec.ssh_port}-{one.addresses[0]}:22" for address in spec.ssh_addresses]
        parts = ["user", f"id={netdev_of(index)}", "ipv6=off", f"net={one.network}", f"host={one.gateway}"]
        parts += [f"dns={one.nameserver}", *_dhcp(one), *(forwards if index == 0 else [])]
        argv += ["-netdev", ",".join(parts)]
        argv += ["-device", f"virtio-net-pci,id=nic{index},netdev={netdev_of(index)},mac={one.mac},romfile="]
    return argv


def _dhcp(one: GuestNetwork) -> list[str]:
    """DHCP gives the guest its own address too, for images that are not configured by cloud-init."""
    return [f"dhcpstart={one.addresses[0]}"]


def _kernel(folder: Path) -> list[str]:
    """Direct kernel boot where the disk carries a kernel; else the BIOS boots the disk."""
    if not (folder / disks.KERNEL).exists():
        return []
    append = (folder / disks.CMDLINE).read_text().strip()
    return ["-kernel", str(folder / disks.KERNEL), "-initrd", str(folder / disks.INITRD), "-append", append]
