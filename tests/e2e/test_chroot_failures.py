"""Chroot builds that fail on the way, by the real engine on real virtual machines: nothing leaks."""

from __future__ import annotations

import pytest

from pulumi_hyperone.provider.resources.base import GOES_ON
from tests.support.chroot import PROVISIONERS, chroot_image, mounted, refuse, roles

pytestmark = [pytest.mark.e2e, pytest.mark.vm]


@pytest.mark.parametrize("api_version", ["v2"])
def test_destroy_removes_a_disk_that_no_vm_holds(stack, cloud):
    """Where the Packer builder leaks the disk: it is unplugged from the builder, and there is no carrier yet.

    Through v2 the builder finds the disk by its id among /dev/disk/by-id.
    """
    stack.configure({"web": chroot_image()})
    refuse(cloud, "vm.create", nth=2)
    stack.up().failed("web-carrier", "vm.create was refused", GOES_ON)
    (disk,) = [one for one in cloud.inventory()["disks"] if one["tag"]["pulumi-role"] == "chroot-disk"]
    assert disk["state"] == "Detached"
    assert "vm" not in disk
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_failing_provisioner_leaves_no_mounts_and_destroy_leaves_nothing(stack, cloud):
    """The message says what failed and where to look; nothing is mounted on the builder that stays; no disk leaks."""
    stack.configure({"web": chroot_image(provisioners=[*PROVISIONERS, {"type": "shell", "inline": ["exit 9"]}])})
    failed = stack.up().failed("provisioners[1]", "exit code 9", "look at it with: ssh guru@")
    assert "still mounted" not in failed.text
    assert mounted(stack) == ""
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
