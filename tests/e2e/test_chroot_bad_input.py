"""Chroot builds: what preview refuses, and what it says about changes."""

from __future__ import annotations

import pytest

from tests.support.stacks import image

pytestmark = pytest.mark.e2e

CHROOT = {
    "source_image": "debian-12",
    "vm_type": "a1.small",
    "disk_size": 4,
    "chroot_disk": True,
    "pre_mount_commands": ["mkfs.ext4 {{.Device}}"],
}


def test_all_faults_of_chroot_options_are_in_one_report(stack, cloud):
    """No commands, a mount of two elements, no communicator, no chroot disk, and what the API tells: all at once.

    A sandbox has no second disk: its image is refused together with a machine's type that there is not.
    """
    images = {
        "a": image(**{**CHROOT, "pre_mount_commands": None}),
        "b": image(**{**CHROOT, "pre_mount_commands": [], "chroot_mounts": [["proc", "/proc"]]}),
        "c": image(mount_partition="p3", post_mount_commands=["true"]),
        "d": image(**{**CHROOT, "chroot_command_wrapper": "sudo", "communicator": "none"}),
    }
    images["e"] = image(**{**CHROOT, "source_image": "sandbox"})
    images["f"] = image(vm_type="z9")
    stack.configure(images)
    faults = (
        "9 faults in the settings:",
        "images.a.pre_mount_commands",
        "images.b.pre_mount_commands",
        "images.b.chroot_mounts",
        "entry 0 has 2",
        "images.c.mount_partition: needs chroot_disk: true",
        "images.c.post_mount_commands: needs chroot_disk: true",
        "images.d.chroot_command_wrapper: must contain {{.Command}}",
        "images.d.communicator: cannot be none with chroot_disk",
        "images.e.chroot_disk: needs a second disk, and machines from image 'sandbox' have one: they are sandboxes",
        "without block devices",
        "debian-12",
        "images.f.vm_type",
    )
    stack.preview().failed(*faults)
    stack.up().failed(*faults)
    assert cloud.mutations() == []


def test_an_image_built_on_a_sandbox_cannot_hold_one_either(stack, cloud):
    """Nothing in the API tells what such an image is: plugging is refused, and nothing stays after destroy."""
    base = image(image_name="base")
    stack.configure({"base": base})
    stack.up().ok()
    base_id = stack.outputs("base")["image_id"]
    stack.configure({"base": base, "web": image(**{**CHROOT, "source_image": base_id})})
    stack.up().failed("web-chroot-disk", "block device")
    assert [disk["name"] for disk in cloud.inventory()["disks"] if disk["name"].endswith("-chroot")] == []
    stack.destroy().ok()
    cloud.assert_only_images(base_id)
