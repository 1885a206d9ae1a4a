"""kill -9, at the provider and at everything: nothing half done goes on, nothing is left behind.

Ctrl-C, and the engine killed: test_terminal.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.processes import family, kill, providers
from tests.support.stacks import image, wait_for

THROUGH_V2 = pytest.mark.parametrize("api_version", ["v2"])
SLOW = [{"type": "shell", "inline": ["echo started", "touch /home/guru/started", "sleep 300", "echo finished"]}]


def provisioning_has_begun(cloud):
    """The builder carries the tag that says a command runs on it."""
    return any("provisioning" in vm["tag"] for vm in cloud.inventory()["vms"])


@pytest.fixture
def building(stack, cloud):
    """An engine in the middle of a provisioner that would run for minutes."""
    stack.configure({"web": image(provisioners=SLOW)})
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for(lambda: provisioning_has_begun(cloud), what="a running provisioner")
    yield process
    process.kill()
    process.wait()


def test_a_killed_provider_is_an_error_and_destroy_leaves_nothing(stack, cloud, building):
    """With the provider killed the engine ends with an error; `destroy` removes what the build had made."""
    kill(providers(family(building)))
    building.communicate(timeout=60)
    assert building.returncode != 0
    stack.destroy().ok()
    cloud.assert_only_images()


@THROUGH_V2
def test_all_processes_killed_at_once_leave_nothing_after_destroy(stack, cloud, building):
    """As after a power cut: everything dies in the same instant, `cancel` and `destroy` leave nothing.

    The engine may die while it writes the attributes of the state's file, and then reads that no more.
    """
    kill(family(building))
    building.communicate(timeout=60)
    Path(f"{stack.checkpoint_file()}.attrs").write_bytes(b"")
    stack.run("cancel", "--yes").failed("failed to load checkpoint: EOF")
    stack.cancel().ok()
    stack.destroy().ok()
    cloud.assert_only_images()


@THROUGH_V2
def test_what_was_provisioned_before_a_kill_is_stopped_and_imaged_by_the_next_up(stack, cloud):
    """Everything dies between the last command and the stop: `up` runs no provisioner again and makes the image."""
    stack.configure({"web": image(provisioners=[{"type": "shell", "inline": ["echo only once"]}])})
    cloud.fault(operation="vm.stop", action="delay", seconds=120)
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for(lambda: any("provisioned" in vm["tag"] for vm in cloud.inventory()["vms"]), what="a provisioned builder")
    kill(family(process))
    process.communicate(timeout=60)
    stack.cancel().ok()
    builder = cloud.inventory()["vms"][0]
    stack.up().ok()
    resources = stack.resources()
    assert resources["web-builder"]["id"] == builder["id"]
    assert [vm["state"] for vm in cloud.inventory()["vms"]] == ["Off"]
    log = Path(resources["web-provisioning"]["outputs"]["log_file"]).read_text()
    assert log.count("\nonly once\n") == 1, log
    assert "provisioned by an earlier run" in log
    stack.destroy().ok()
    cloud.assert_only_images(resources["web-image"]["id"])
