"""Ctrl-C and a killed engine in the middle of a chroot: the command ends, the mounts go, nothing leaks."""

from __future__ import annotations

import time

import psutil
import pytest

from tests.support.chroot import chroot_image, mounted, on_builder, roles
from tests.support.stacks import wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.vm, pytest.mark.slow]

# It does not listen to what a terminal or a lost session would send it.
DEAF = [{"type": "shell", "inline": ["trap '' TERM HUP INT", "echo inside at last", "sleep 4326"]}]
BEGINS_WITHIN = 400.0


@pytest.fixture
def building(stack):
    """An engine in the middle of a provisioner that runs inside the chroot and would run for an hour."""
    stack.configure({"web": chroot_image(provisioners=DEAF)})
    process = stack.start("up", "--yes", "--skip-preview")
    logs = stack.folder / "logs"

    def begun() -> bool:
        assert process.poll() is None, f"the engine ended too early:\n{process.communicate()[0]}"
        return any("inside at last" in log.read_text() for log in logs.rglob("web-*.log"))

    try:
        wait_for(begun, BEGINS_WITHIN, "a provisioner inside the chroot")
        assert "/dev/sdb1" in mounted(stack), "the chroot is mounted while it runs"
        yield process
    finally:
        process.kill()
        process.wait()


def alive(process: psutil.Process) -> bool:
    """Whether it still runs."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def running(stack) -> str:
    """The command inside, as the builder lists it."""
    return on_builder(stack, "pgrep -f 'sleep 432[6]' || true")


def test_ctrl_c_inside_a_chroot_ends_the_command_and_unmounts(stack, cloud, building, interrupt):
    """One Ctrl-C: the engine ends with a word on it, the builder has neither the command nor a mount any more."""
    assert running(stack)
    pressed = time.monotonic()
    interrupt(building)
    text = building.communicate(timeout=120)[0]
    took = time.monotonic() - pressed
    assert building.returncode != 0
    assert took < 60, f"the engine came back after {took:.1f} s"
    assert "interrupted" in text
    assert "Traceback" not in text
    assert "still mounted" not in text
    assert (running(stack), mounted(stack)) == ("", "")
    assert roles(cloud, "disks") == ["chroot-disk", "os-disk"]
    assert stack.pending() == []
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_builder_that_somebody_removes_is_noticed_and_not_waited_for(stack, cloud, building):
    """Nobody is left to unmount: the message says that the builder is gone, soon, and destroy removes the disk."""
    vm = cloud.inventory()["vms"][0]["id"]
    removed = time.monotonic()
    cloud.send("DELETE", f"/v1/vm/{vm}", {})
    text = building.communicate(timeout=170)[0]
    took = time.monotonic() - removed
    assert building.returncode != 0
    assert f"builder {vm} is gone" in text
    assert took < 90, f"it was noticed after {took:.0f} s"
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_killed_engine_leaves_no_command_and_no_mounts_on_the_builder(stack, cloud, building):
    """Nobody says stop: the provider sees that the engine is gone, ends the command, unmounts and leaves."""
    children = psutil.Process(building.pid).children(recursive=True)
    building.kill()
    building.communicate(timeout=60)
    wait_for(lambda: not any(map(alive, children)), 120, "the end of the provider")
    assert (running(stack), mounted(stack)) == ("", "")
    stack.cancel().ok()
    stack.destroy().ok()
    cloud.assert_only_images()
