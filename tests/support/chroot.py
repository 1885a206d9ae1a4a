"""Chroot builds for the engine that put a few megabytes on the disk: quick, and good for everything but booting."""

from __future__ import annotations

import shlex
from typing import Any

from pulumi_hyperone.provider.ssh.keys import generate
from tests.support.cloud import Cloud
from tests.support.machines import run_on
from tests.support.small_root import SMALL_ROOT
from tests.support.stacks import Stack, image

KEY = generate("ed25519")
"""A key that may log in to every builder, beside the temporary one of its build."""
PARTITION = ["sgdisk --new=1:0:0 {{.Device}}", "udevadm settle", "mkfs.ext4 -q {{.Device}}1"]
FILL = f"sh -c {shlex.quote(SMALL_ROOT.replace('ROOT', '{{.MountPath}}'))}"
PROVISIONERS = [{"type": "shell", "inline": ["echo inside > /opt/proof"]}]


def chroot_image(**options: Any) -> dict[str, Any]:
    """Options of such a build, with `options` over them."""
    base = {
        "source_image": "debian-12",
        "vm_type": "a1.small",
        "disk_size": 4,
        "state_timeout": "10m",
        "ssh_timeout": "10m",
        "ssh_keys": [KEY.public],
        "chroot_disk": True,
        "chroot_disk_size": 1,
        "chroot_command_wrapper": "sudo {{.Command}}",
        "pre_mount_commands": PARTITION,
        "post_mount_commands": [FILL],
        "provisioners": PROVISIONERS,
    }
    return image(**{**base, **options})


def refuse(cloud: Cloud, operation: str, **more: Any) -> None:
    """Have the next call of an operation refused for good."""
    cloud.fault(operation=operation, status=400, message=f"{operation} was refused by the test", **more)


def roles(cloud: Cloud, kind: str) -> list[str]:
    """The roles of the VMs or disks that there are, sorted."""
    return sorted(found["tag"].get("pulumi-role", "none") for found in cloud.inventory()[kind])


def on_builder(stack: Stack, command: str) -> str:
    """What a command prints on the builder of the image `web`, which stayed after a failure."""
    address = stack.resources()["web-builder"]["outputs"]["address"]
    return run_on(address, stack.port, KEY.private, command)


def mounted(stack: Stack) -> str:
    """The builder's mount table as far as it is not about its own disk: what a chroot build left."""
    return on_builder(stack, "grep -E 'packer-hyperone|/dev/sdb| /mnt' /proc/mounts || true")
