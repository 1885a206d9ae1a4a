"""Disk files from outside: what they are by their content, and that they refer to no other file.

A disk image may name files of the host as parts of itself (qcow2: backing file, data file; vmdk: extents, parent), and
QEMU reads whatever they name. So the header is looked at first, then QEMU is asked, always with the format named.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.vm import host

# What a file of a format begins with, and where. vpc is what Azure and Hyper-V call VHD.
_MAGIC = (
    ("qcow2", 0, b"QFI\xfb"),
    ("vmdk", 0, b"KDMV"),
    ("vhdx", 0, b"vhdxfile"),
    ("vpc", 0, b"conectix"),
    ("vdi", 64, b"\x7f\x10\xda\xbe"),
)
_HEAD = 512
_EXTERNAL_DATA = 1 << 2
# Everything in the formats' headers that QEMU would have to open another file for.
_ELSEWHERE = "it refers to another file; make it whole first: qemu-img convert -O qcow2 FILE WHOLE"
_UNKNOWN = "is neither a disk (qcow2, vmdk, vhd, vhdx, vdi, or raw with partitions or a file system) nor a tar"
MAX_GIB = 65536
# The formats' tables may be of any size; QEMU allocates them as a whole.
_LIMITS = (f"--as={4 << 30}",)
_LOOK = 60.0
_CONVERT = 900.0


async def convert(file: IO[bytes], target: Path) -> None:
    """Make the raw disk `target` of an open disk file of a known format. Raises MachineError, also for any other file.

    The programs get the open file, not its name: what was looked at is what is read.
    """
    name = Path(file.name).name
    path = f"/proc/self/fd/{file.fileno()}"
    form = _form(os.pread(file.fileno(), _HEAD, 0)) or await _raw(file, path, name)
    host.require(host.TO_RUN, "importing a disk")
    look = ["qemu-img", "info", "--output=json", "-f", form, path]
    _check(await _run(look, file, f"looking at {name}", _LOOK), path, name)
    await _run(
        ["qemu-img", "convert", "-W", "-m", "4", "-f", form, "-O", "raw", path, str(target)], file, name, _CONVERT
    )


async def _run(argv: list[str], file: IO[bytes], purpose: str, timeout: float) -> str:
    return await host.run(argv, purpose, timeout=timeout, pass_fds=[file.fileno()], limits=_LIMITS)


def _form(head: bytes) -> str | None:
    """The format that a file's first bytes tell; None for what may be raw. Raises MachineError for references."""
    form = next((form for form, offset, magic in _MAGIC if head[offset:].startswith(magic)), None)
    head = head.ljust(_HEAD, b"\0")
    if form == "qcow2":
        version, backing = struct.unpack_from(">IQ", head, 4)
        (features,) = struct.unpack_from(">Q", head, 72)
        if backing or (version >= 3 and features & _EXTERNAL_DATA):
            raise MachineError(f"the qcow2 file is not imported: {_ELSEWHERE}")
    # Without a capacity of its own a vmdk is a mere description of other files.
    if head.startswith(b"# Disk Descriptor") or (form == "vmdk" and not any(head[12:20])):
        raise MachineError(f"the vmdk file is not imported: {_ELSEWHERE}")
    return form


async def _raw(file: IO[bytes], path: str, name: str) -> str:
    """`raw` for a disk with a partition table or a file system. Raises MachineError for any other content."""
    host.require(["blkid", "prlimit"], "importing a disk")
    # blkid ends with 2 when it knows nothing in the file.
    probe = ["/bin/sh", "-c", 'blkid -p -o export "$1" || [ $? = 2 ]', "sh", path]
    found = dict(line.split("=", 1) for line in (await _run(probe, file, name, _LOOK)).splitlines() if "=" in line)
    if found.get("PTTYPE") not in ("dos", "gpt") and found.get("USAGE") != "filesystem":
        raise MachineError(f"{name} {_UNKNOWN}")
    return "raw"


def _check(answer: str, path: str, name: str) -> None:
    """Refuse what QEMU says it would open besides, encrypted disks, and sizes that no disk has."""
    try:
        info: dict[str, Any] = json.loads(answer)
        size = int(info["virtual-size"])
    except (ValueError, TypeError, KeyError) as error:
        raise MachineError(f"looking at {name}: qemu-img gave no usable answer") from error
    if any(one != path for one in _files(info)):
        raise MachineError(f"{name} is not imported: {_ELSEWHERE}")
    if info.get("encrypted"):
        raise MachineError(f"{name} is not imported: it is encrypted")
    if size > MAX_GIB << 30:
        raise MachineError(f"{name} is not imported: a disk has at most {MAX_GIB} GiB")


def _files(info: Any) -> Iterator[str]:
    """Every file that an answer of `qemu-img info` names, at any depth."""
    if isinstance(info, list):
        for item in info:
            yield from _files(item)
    elif isinstance(info, dict):
        for key, item in info.items():
            if key.endswith("filename") or key == "data-file":
                yield str(item)
            else:
                yield from _files(item)
