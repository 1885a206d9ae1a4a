"""Ctrl-C and kill -9, at the engine and at the provider: nothing half done goes on, nothing is left behind."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest

from tests.support.stacks import image, wait_for

THROUGH_V2 = pytest.mark.parametrize("api_version", ["v2"])
SLOW = [{"type": "shell", "inline": ["echo started", "touch /home/guru/started", "sleep 300", "echo finished"]}]


def provisioning_has_begun(cloud):
    """The builder carries the tag that says a command runs on it."""
    return any("provisioning" in vm["tag"] for vm in cloud.inventory()["vms"])


def processes_of(process) -> list[psutil.Process]:
    """The engine's own process and everything that it started."""
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def providers(processes) -> list[psutil.Process]:
    """The dynamic provider's processes among them."""
    found = []
    for process in processes:
        try:
            if "pulumi.dynamic" in process.cmdline():
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def alive(processes) -> list[psutil.Process]:
    """Those that still run."""
    return [one for one in processes if one.is_running() and one.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def building(stack, cloud):
    """An engine in the middle of a provisioner that would run for minutes."""
    stack.configure({"web": image(provisioners=SLOW)})
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for(lambda: provisioning_has_begun(cloud), what="a running provisioner")
    yield process
    process.kill()
    process.wait()


def test_ctrl_c_stops_a_provisioner_at_once_and_leaves_no_pending_operation(stack, cloud, building, interrupt):
    """After one Ctrl-C the engine is back within seconds, its message says so, and the state holds nothing pending."""
    interrupt(building)
    text = building.communicate(timeout=60)[0]  # the sleep of 300 s is not waited for
    assert building.returncode != 0
    assert "interrupted" in text
    assert "Traceback" not in text
    assert stack.pending() == []
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_killed_engine_takes_its_provider_along_and_up_starts_anew(stack, cloud, building):
    """With the engine killed all its processes leave within seconds; `cancel` and `up` then make exactly one image."""
    everything = processes_of(building)
    assert providers(everything), "the provider is among the engine's processes"
    building.kill()
    wait_for(lambda: not alive(providers(everything)), seconds=30, what="the end of the provider")
    stack.cancel().ok()
    stack.configure({"web": image()})
    done = stack.up().ok()
    assert "rebuild" in done.text
    assert len(cloud.images()) == 1
    assert len(cloud.inventory()["vms"]) == 1


def test_a_killed_provider_is_an_error_and_destroy_leaves_nothing(stack, cloud, building):
    """With the provider killed the engine ends with an error; `destroy` removes what the build had made."""
    for process in providers(processes_of(building)):
        process.kill()
    building.communicate(timeout=60)
    assert building.returncode != 0
    stack.destroy().ok()
    cloud.assert_only_images()


@THROUGH_V2
def test_all_processes_killed_at_once_leave_nothing_after_destroy(stack, cloud, building):
    """As after a power cut: everything dies in the same instant, `cancel` and `destroy` leave nothing.

    The engine may die while it writes the attributes of the state's file, and then reads that no more.
    """
    for process in processes_of(building):
        os.kill(process.pid, signal.SIGKILL)
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
    for one in processes_of(process):
        os.kill(one.pid, signal.SIGKILL)
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
