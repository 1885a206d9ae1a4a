"""Ctrl-C and kill -9 while the plugin works: nothing half done goes on, nothing is left behind."""

from __future__ import annotations

import psutil
import pytest

from tests.e2e.plugin.conftest import image
from tests.faults.processes import family, providers
from tests.support.stacks import wait_for
from tests.support.terminal import Terminal

pytestmark = pytest.mark.e2e

SLOW = [{"type": "shell", "inline": ["echo started", "sleep 300"]}]


def provisioning(cloud):
    """Whether a command runs on the builder."""
    return any("provisioning" in vm["tag"] for vm in cloud.inventory()["vms"])


def plugins_of(engine):
    """The processes of the plugin that an engine started: one at least."""
    found = providers(family(engine))
    assert found, "the plugin does not run"
    return found


@pytest.fixture
def building(program, cloud):
    """An `up` in a terminal, in the middle of a provisioner that would run for minutes."""
    slow = image(cloud.local.ssh_port, provisioners=SLOW)
    stack = program({"web": {"type": "hyperone:HyperOneImage", "properties": slow}})
    terminal = Terminal(["pulumi", "up", "--yes", "--stack", stack.name], stack.folder, stack.environment)
    terminal.until(lambda: provisioning(cloud), 90, "a running provisioner")
    yield stack, terminal
    terminal.close()


def test_ctrl_c_in_a_terminal_stops_a_provisioner_at_once(building, cloud):
    """One Ctrl-C ends the build with the reason; nothing is pending, and `destroy` leaves nothing."""
    stack, terminal = building
    terminal.type(b"\x03")
    assert terminal.ended(60) != 0
    assert "interrupted" in terminal.text
    assert "Traceback" not in terminal.text
    assert "EOF" not in terminal.text
    assert stack.pending() == []
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_killed_plugin_is_an_error_and_destroy_leaves_nothing(building, cloud):
    """With the plugin's process killed the engine ends; `destroy` removes what the build had made."""
    stack, terminal = building
    for one in plugins_of(terminal.process):
        one.kill()
    assert terminal.ended(60) != 0
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_killed_engine_takes_the_plugin_along(building, cloud):
    """The plugin notices and leaves; `cancel` and `destroy` leave nothing."""
    stack, terminal = building
    plugins = plugins_of(terminal.process)
    terminal.process.kill()
    terminal.process.wait()
    wait_for(lambda: not psutil.wait_procs(plugins, timeout=0)[1], 30, "the end of the plugin")
    stack.cancel().ok()
    stack.destroy().ok()
    cloud.assert_only_images()
