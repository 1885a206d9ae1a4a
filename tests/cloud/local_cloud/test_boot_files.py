"""Kernel and initrd that an image takes out of the file system of its disk, which a guest wrote."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.machines.base import DiskRef, MachineError
from pulumi_hyperone.local_cloud.machines.vm import disks, host

pytestmark = pytest.mark.cloud


def captured(folder: Path, sizes: dict[str, int]) -> Path:
    """The image that is made of a disk whose /boot has files of these sizes, all holes."""
    (folder / "root/boot").mkdir(parents=True)
    (folder / "image").mkdir()
    for name, size in sizes.items():
        with (folder / "root/boot" / name).open("wb") as file:
            file.truncate(size)
    for name in disks.BOOT_FILES:
        (folder / name).write_text("old")
    raw = folder / "raw"
    for argv in (
        ["mke2fs", "-q", "-d", folder / "root", raw, "64M"],
        ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", raw, folder / disks.DISK],
    ):
        asyncio.run(host.run(argv, "making a disk", timeout=60))
    asyncio.run(disks.capture(DiskRef("5f00aaaabbbbccccdddd0001", folder, 1), folder / "image"))
    return folder / "image"


def test_the_kernel_of_a_disk_goes_along_with_its_image(tmp_path):
    """The newest pair of /boot is taken; a kernel without an initrd is none."""
    image = captured(tmp_path, {"vmlinuz-6.1": 10, "initrd.img-6.1": 20, "vmlinuz-6.2": 30})
    assert [(image / name).stat().st_size for name in disks.BOOT_FILES] == [10, 20, 3]


@pytest.mark.parametrize("name", ["vmlinuz-9.9", "initrd.img-9.9"])
def test_a_huge_kernel_in_a_disk_is_refused(tmp_path, name):
    """A file of a terabyte in /boot is not copied out of the image, and one line says so."""
    with pytest.raises(MachineError, match=r"kernel or initrd 9\.9 in its /boot has more than 512 MiB; remove"):
        captured(tmp_path, {"vmlinuz-9.9": 1, "initrd.img-9.9": 1, name: 10**12})
    assert not (tmp_path / "image" / disks.KERNEL).exists()
