"""Chroot builds that fail on the way, by the real engine on real virtual machines: nothing leaks."""

from __future__ import annotations

import shlex

import pytest

from tests.support.small_root import SMALL_ROOT
from tests.support.stacks import image

pytestmark = [pytest.mark.e2e, pytest.mark.vm]

PARTITION = ["sgdisk --new=1:0:0 {{.Device}}", "udevadm settle", "mkfs.ext4 -q {{.Device}}1"]
PROVISIONERS = [{"type": "shell", "inline": ["echo inside > /opt/proof"]}]


def chroot_image(**options):
    """Options of a build that puts a few megabytes on the chroot disk: quick, and good for everything but booting."""
    base = {
        "source_image": "debian-12",
        "vm_type": "a1.small",
        "disk_size": 4,
        "state_timeout": "5m",
        "chroot_disk": True,
        "chroot_disk_size": 1,
        "chroot_command_wrapper": "sudo {{.Command}}",
        "pre_mount_commands": PARTITION,
        "post_mount_commands": [f"sh -c {shlex.quote(SMALL_ROOT.replace('ROOT', '{{.MountPath}}'))}"],
        "provisioners": PROVISIONERS,
    }
    return image(**{**base, **options})


def refuse(cloud, operation, **more):
    """Have the next call of an operation refused for good."""
    cloud.fault(operation=operation, status=400, message=f"{operation} was refused by the test", **more)


def roles(cloud, kind):
    """The roles of the VMs or disks that there are, sorted."""
    return sorted(found["tag"].get("pulumi-role", "none") for found in cloud.inventory()[kind])


def test_every_step_after_provisioning_may_be_refused_and_goes_on_where_it_stopped(stack, cloud):
    """Stop, unplug, carrier and image are refused in turn: each message names it, the disk is there once and tracked.

    Each `up` goes on with the provisioned disk; after the last failure a change is named, and destroy leaves nothing.
    """
    stack.configure({"web": chroot_image()})
    refuse(cloud, "vm.stop")
    stack.up().failed("web-power-off", "vm.stop was refused")
    built = stack.resources()["web-build"]["id"]
    for operation, row, vms in (
        ("vm.hdd.detach", "web-power-off", ["builder"]),
        ("vm.create", "web-carrier", ["builder"]),
        ("image.create", "web-image", ["builder", "carrier"]),
    ):
        refuse(cloud, operation)
        stack.up().failed(row, f"{operation} was refused")
        assert roles(cloud, "vms") == vms
        assert roles(cloud, "disks") == ["chroot-disk", "os-disk"]
        assert cloud.images() == []
    assert stack.resources()["web-build"]["id"] == built, "what was provisioned once is not built again"
    stack.configure({"web": chroot_image(pre_mount_commands=[*PARTITION[:2], "mkfs.ext4 {{.Device}}1"])})
    assert "rebuild: pre_mount_commands[2] changed" in stack.preview().ok().text
    stack.destroy().ok()
    cloud.assert_only_images()


def test_destroy_removes_a_disk_that_no_vm_holds(stack, cloud):
    """Where the Packer builder leaks the disk: it is unplugged from the builder, and there is no carrier yet."""
    stack.configure({"web": chroot_image()})
    refuse(cloud, "vm.create", nth=2)
    stack.up().failed("web-carrier", "vm.create was refused")
    assert [disk["vm"] for disk in cloud.inventory()["disks"] if disk["tag"]["pulumi-role"] == "chroot-disk"] == [None]
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_failing_provisioner_leaves_no_mounts_and_destroy_leaves_nothing(stack, cloud):
    """The message says what failed and where to look; the log shows that the chroot was unmounted; no disk leaks."""
    stack.configure({"web": chroot_image(provisioners=[*PROVISIONERS, {"type": "shell", "inline": ["exit 9"]}])})
    failed = stack.up().failed("provisioners[1]", "exit code 9", "make ssh IMAGE=web")
    assert "still mounted" not in failed.text
    log = next((stack.folder / "logs").rglob("web-*.log")).read_text()
    assert log.splitlines()[-1].split(" ", 2)[2].startswith("unmounting /mnt/packer-hyperone-volumes/")
    assert "was left half provisioned" in stack.preview().ok().text
    stack.destroy().ok()
    cloud.assert_only_images()


@pytest.mark.parametrize(
    ("operation", "row"), [("disk.create", "web-chroot-disk"), ("vm.hdd.attach", "web-chroot-disk")]
)
def test_a_disk_that_is_refused_or_cannot_be_plugged_does_not_stay(stack, cloud, operation, row):
    """A chroot disk whose create or plug fails is removed at once; destroy removes the builder."""
    stack.configure({"web": chroot_image()})
    refuse(cloud, operation)
    stack.up().failed(row, f"{operation} was refused")
    assert roles(cloud, "disks") == ["os-disk"]
    stack.destroy().ok()
    cloud.assert_only_images()
