"""A builder whose disk is really full: a virtual machine, since sandboxes have no disk of their own."""

from __future__ import annotations

import pytest

from tests.support.stacks import image

pytestmark = [pytest.mark.faults, pytest.mark.e2e, pytest.mark.vm]

# What is left for root alone stays free, as on any ext4; the login user finds not one block.
FILL = {"type": "shell", "inline": ["sudo fallocate -l $(df --output=avail -B1 / | tail -1) /fill", "df /"]}
# More than the script before it took.
LARGE = f"true # {'x' * 500_000}\n"


def test_a_full_disk_ends_the_build_at_once_and_destroy_leaves_nothing(stack, cloud):
    """The message names the provisioner and says what is full; the script is not sent again for minutes."""
    options = {"source_image": "debian-12", "vm_type": "a1.small", "disk_size": 4, "state_timeout": "5m"}
    stack.configure({"web": image(**options, provisioners=[FILL, {"type": "shell", "script": "large.sh"}])})
    stack.write("large.sh", LARGE)
    stack.up().failed("web-provisioning", "provisioners[1]", "No space left on device")
    log = next((stack.folder / "logs").rglob("web-*.log")).read_text()
    assert "trying again" not in log, "nobody waits as for a reboot"
    assert [vm["tag"]["pulumi-role"] for vm in cloud.inventory()["vms"]] == ["builder"]
    stack.destroy().ok()
    cloud.assert_only_images()
