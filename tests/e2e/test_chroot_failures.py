"""Chroot builds that fail on the way, by the real engine on machines that only count their disks: nothing leaks.

What a real machine has mounted after a failure: tests/cloud/chroot, test_chroot_options.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from pulumi_hyperone.provider.resources.base import GOES_ON
from tests.faults.pluggable_cloud import CHROOT_OPTIONS, pluggable_cloud
from tests.support.cloud import Cloud
from tests.support.stacks import Run, image, new_stack

pytestmark = pytest.mark.e2e

REFUSED = {"carrier": ("vm.create", 2), "creating": ("disk.create", 1), "plugging": ("vm.hdd.attach", 1)}
"""The call that the cloud refuses for each image: the carrier of its disk, the disk, and its way into the builder."""
FAILING = [{"type": "shell-local", "inline": ["true"]}, {"type": "shell-local", "inline": ["exit 9"]}]


@pytest.fixture(scope="module", params=["v1", "v2"])
def api_version(request: pytest.FixtureRequest) -> str:
    """Both generations of the API, one after the other."""
    return str(request.param)


@dataclass
class Story:
    """What an `up` with refused calls and a failing provisioner said and left, and what destroy left of that."""

    up: Run
    left: dict[str, list[dict[str, Any]]]
    log: str
    preview: str
    after_destroy: dict[str, list[dict[str, Any]]]

    def disks(self, key: str) -> dict[str, dict[str, Any]]:
        """The disks of an image's build by their roles."""
        return {one["tag"]["pulumi-role"]: one for one in self.left["disks"] if one["tag"]["pulumi-image"] == key}


@pytest.fixture(scope="module")
def story(engine_path, api_version, tmp_path_factory) -> Iterator[Story]:
    """Four chroot builds side by side, each of which fails elsewhere; then a preview, then they are destroyed."""
    folder = tmp_path_factory.mktemp("chroot")
    with pluggable_cloud(folder / "cloud") as cloud:
        stack = new_stack(folder / "stack", engine_path, cloud, "test", api_version)
        images = {key: image(**CHROOT_OPTIONS, image_name=key) for key in REFUSED}
        images["failing"] = image(**{**CHROOT_OPTIONS, "image_name": "failing", "provisioners": FAILING})
        stack.configure(images)
        for key, (operation, nth) in REFUSED.items():
            refuse(cloud, key, operation, nth)
        up = stack.up("--continue-on-error").failed()
        left = cloud.inventory()
        log = next((stack.folder / "logs").rglob("failing-*.log")).read_text()
        preview = stack.preview().ok().text
        stack.destroy().ok()
        yield Story(up, left, log, preview, cloud.inventory())


def refuse(cloud: Cloud, key: str, operation: str, nth: int) -> None:
    """Have a call of an image's build refused for good."""
    message = f"{operation} of {key} was refused by the test"
    cloud.fault(operation=operation, status=400, message=message, nth=nth, tags={"pulumi-image": key})


def test_destroy_removes_a_disk_that_no_vm_holds(story):
    """Where the Packer builder leaks the disk: it is unplugged from the builder, and there is no carrier yet."""
    story.up.failed("carrier-carrier", "vm.create of carrier was refused", GOES_ON)
    disk = story.disks("carrier")["chroot-disk"]
    assert disk["state"] == "Detached"
    assert "vm" not in disk
    assert {kind: story.after_destroy[kind] for kind in ("vms", "disks", "ips", "images")} == {
        "vms": [],
        "disks": [],
        "ips": [],
        "images": [],
    }


def test_a_failing_provisioner_is_told_with_the_way_to_its_builder(story):
    """The message says what failed and where to look; the chroot is unmounted; the next `up` builds anew."""
    said = story.up.failed("provisioners[1]", "exit code 9", "look at it with: ssh guru@").text
    assert "still mounted" not in said
    assert story.log.splitlines()[-1].split(" ", 2)[2].startswith("unmounting /mnt/packer-hyperone-volumes/")
    assert "was left half provisioned" in story.preview
    assert story.disks("failing").keys() == {"os-disk", "chroot-disk"}


@pytest.mark.parametrize("key", ["creating", "plugging"])
def test_a_disk_that_is_refused_or_cannot_be_plugged_does_not_stay(story, key):
    """A chroot disk whose create or plug fails is removed at once."""
    story.up.failed(f"{key}-chroot-disk", f"{REFUSED[key][0]} of {key} was refused")
    assert story.disks(key).keys() == {"os-disk"}
