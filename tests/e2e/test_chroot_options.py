"""A chroot build with every option away from its default, and what stays when the cloud refuses what comes after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_hyperone.provider.resources.base import GOES_ON
from tests.support.chroot import FILL, chroot_image, mounted, on_builder, refuse, roles
from tests.support.cloud import Cloud
from tests.support.options import covers
from tests.support.stacks import Stack, new_stack

pytestmark = [pytest.mark.e2e, pytest.mark.vm]

SIZE = 0.25
# The disk gets a second name, and its third partition one behind a `p`, as NVMe disks have it.
DISK = f'$(lsblk -dnbpo NAME,SIZE | grep {int(SIZE * 1024**3)} | cut -d " " -f 1)'
PREPARE = [
    f"sh -c 'mkdir -p /dev/own; ln -sfn {DISK} {{{{.Device}}}}'",
    "sgdisk --new=3:0:0 {{.Device}}",
    "udevadm settle",
    "sh -c 'ln -s $(readlink -f {{.Device}})3 {{.Device}}p3'",
    "mkfs.ext4 -q {{.Device}}p3",
    "sh -c 'echo copied > /srv/own'",
]
PROVISIONERS = [
    {"type": "shell", "inline": ["cat /proc/mounts > /mounts", "find /etc /sys /srv > /found"]},
    {"type": "file", "direction": "download", "sources": ["/mounts", "/found", "/srv/own"], "destination": "got/"},
]
OPTIONS: dict[str, Any] = {
    "chroot_disk_size": SIZE,
    "chroot_disk_type": "hissd",
    "chroot_device": "/dev/own/da1",
    "chroot_mount_path": "/mnt/own-{{timestamp}}/root",
    "mount_partition": "p3",
    "mount_options": ["noatime", "commit=29"],
    "chroot_mounts": [["proc", "proc", "/proc"], ["bind", "/dev", "/dev"], ["tmpfs", "tmpfs", "/srv/fast"]],
    "chroot_copy_files": ["/srv/own"],
    "pre_mount_commands": PREPARE,
    "post_mount_commands": [FILL, "mkdir {{.MountPath}}/srv"],
    "provisioners": PROVISIONERS,
}


@dataclass
class Built:
    """The stack after an `up` whose last step but provisioning was refused; what the builder said then."""

    stack: Stack
    said: str
    left_mounted: str
    hostname: str

    def got(self, name: str) -> list[str]:
        """Lines of a file that was downloaded from the chroot."""
        return (self.stack.folder / "got" / name).read_text().splitlines()


@pytest.fixture(scope="module")
def cloud(session_cloud) -> Cloud:
    """One cloud for the module."""
    session_cloud.reset()
    return Cloud(session_cloud)


@pytest.fixture(scope="module")
def built(cloud, engine_path, api_version, tmp_path_factory) -> Iterator[Built]:
    """One builder for the module: provisioned, then its stop is refused, so that it still runs."""
    stack = new_stack(tmp_path_factory.mktemp("chroot") / "project", engine_path, cloud, "test", api_version)
    stack.configure({"web": chroot_image(**OPTIONS)})
    refuse(cloud, "vm.stop")
    said = stack.up().failed("web-provisioning", "vm.stop was refused", GOES_ON).text
    yield Built(stack, said, mounted(stack), on_builder(stack, "hostname"))
    stack.destroy().ok()
    cloud.assert_only_images()


@covers("chroot_disk_type")
def test_the_chroot_disk_has_its_own_type(built, cloud):
    """The type of the chroot disk is the one that was asked for; that of the system disk is another one."""
    disks = {disk["tag"]["pulumi-role"]: disk for disk in cloud.inventory()["disks"]}
    assert (disks["chroot-disk"]["flavour"], disks["chroot-disk"]["size"]) == ("hissd", SIZE)
    assert disks["os-disk"]["flavour"] == "ssd"


@covers("chroot_device", "chroot_mount_path", "mount_partition")
def test_device_partition_and_path_are_those_asked_for(built):
    """The named device is used unasked, the partition's text put behind it, and the path has the build's time."""
    path = f"/mnt/own-{int(built.stack.resources()['web-build']['outputs']['timestamp'])}/root"
    log = next((built.stack.folder / "logs").rglob("web-*.log")).read_text()
    assert f" mount[1]: mount -o noatime -o commit=29 /dev/own/da1p3 {path}\n" in log
    assert log.splitlines()[-1].endswith(f" unmounting {path}")


@covers("chroot_mounts")
def test_the_guest_s_mount_table_has_the_mounts_and_options_asked_for(built):
    """Seen from inside: the third partition with its options, the three mounts in order, none of the defaults else."""
    table = [line.split(" ") for line in built.got("mounts")]
    assert [(kind, place) for _, place, kind, *_ in table] == [
        ("ext4", "/"),
        ("proc", "/proc"),
        ("devtmpfs", "/dev"),
        ("tmpfs", "/srv/fast"),
    ]
    device, _, _, options, *_ = table[0]
    assert device.endswith("3")
    assert {"noatime", "commit=29"} <= set(options.split(","))


@covers("chroot_copy_files")
def test_the_named_files_are_copied_and_no_others(built):
    """The file is there with its content; the default, resolv.conf, is not."""
    assert built.got("own") == ["copied"]
    found = built.got("found")
    assert "/srv/own" in found
    assert "/etc/passwd" in found
    assert "/etc/resolv.conf" not in found


def test_nothing_is_mounted_on_the_builder_when_the_next_step_fails(built):
    """The builder still runs, since its stop was refused: its mount table has nothing of the chroot left."""
    assert built.hostname, "somebody could log in and look"
    assert built.left_mounted == ""


def test_every_step_after_provisioning_may_be_refused_and_goes_on_where_it_stopped(built, cloud):
    """Unplug, carrier and image are refused in turn: each message names it, the disk is there once and tracked.

    Each `up` goes on with the provisioned disk; a change is named afterwards.
    """
    stack = built.stack
    first = stack.resources()["web-build"]["id"]
    for operation, row, vms in (
        ("vm.hdd.detach", "web-provisioning", ["builder"]),
        ("vm.create", "web-carrier", ["builder"]),
        ("image.create", "web-image", ["builder", "carrier"]),
    ):
        refuse(cloud, operation)
        stack.up().failed(row, f"{operation} was refused", GOES_ON)
        assert roles(cloud, "vms") == vms
        assert roles(cloud, "disks") == ["chroot-disk", "os-disk"]
        assert cloud.images() == []
    assert stack.resources()["web-build"]["id"] == first, "what was provisioned once is not built again"
    changed = [*PREPARE[:4], "mkfs.ext4 -q -L own {{.Device}}p3", PREPARE[5]]
    stack.configure({"web": chroot_image(**{**OPTIONS, "pre_mount_commands": changed})})
    assert "rebuild: pre_mount_commands[4] changed" in stack.preview().ok().text
