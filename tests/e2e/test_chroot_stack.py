"""The stacks of chroot builds as they are in the repository: images that boot from their own disk."""

from __future__ import annotations

import shutil

import pytest
import yaml

from tests.support.checkout import as_in_git
from tests.support.machines import run_on_machine_from
from tests.support.stacks import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.vm]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("chroot", marks=pytest.mark.slow),
        pytest.param("chroot-debootstrap", marks=[pytest.mark.slow, pytest.mark.timeout(5400)]),
    ],
)
def test_a_chroot_stack_builds_a_debian_that_boots(stack, cloud, name):
    """Root file system and GRUB in the chroot: a machine from the image boots from its disk and lets its user in."""
    config = yaml.safe_load(as_in_git(f"stacks/Pulumi.{name}.yaml"))["config"]
    shutil.copytree(ROOT / "scripts", stack.folder / "scripts")
    stack.configure(config["hyperone-image:images"])
    stack.run("up", "--yes", "--skip-preview", timeout=4800).ok()
    image_id = stack.outputs("debian")["image_id"]
    stack.destroy().ok()
    cloud.assert_only_images(image_id)
    said = run_on_machine_from(cloud, image_id, "cat /proc/cmdline; cat /etc/debian_version; dpkg -l | grep -c ^ii")
    assert "BOOT_IMAGE=" in said, "GRUB names the kernel that it loaded; a kernel loaded by QEMU has no such word"
    assert "\n12." in said
