"""Ctrl-C typed in a real terminal, and a killed engine: the command on the machine ends with them."""

from __future__ import annotations

import time
import uuid

import psutil
import pytest

from tests.faults.processes import alive, family, providers
from tests.support.stacks import image, wait_for
from tests.support.terminal import Terminal


def sleeping(seconds: str) -> list[psutil.Process]:
    """The processes on this computer that run `sleep` for this time: a sandbox's are among them."""
    return [
        one
        for one in psutil.process_iter(["cmdline"])
        if (one.info["cmdline"] or []) == ["sleep", seconds] and one.status() != psutil.STATUS_ZOMBIE
    ]


@pytest.fixture
def seconds() -> str:
    """A time to sleep for that nobody else sleeps for."""
    return f"300.{uuid.uuid4().int % 10**9:09d}"


@pytest.fixture
def terminal(stack, seconds):
    """An engine in a terminal, in the middle of a command that would run for minutes on the machine."""
    inline = ["trap '' TERM HUP INT", f"sleep {seconds}"]
    stack.configure({"web": image(provisioners=[{"type": "shell", "inline": inline}])})
    command = ["pulumi", "up", "--yes", "--skip-preview", "--stack", stack.name]
    terminal = Terminal(command, stack.folder, stack.environment)
    terminal.until(lambda: sleeping(seconds), 120, "the running command")
    yield terminal
    terminal.close()


def test_ctrl_c_in_a_terminal_ends_the_command_on_the_machine(stack, cloud, terminal, seconds):
    """One Ctrl-C: the engine is back within seconds, the remote command is gone, nothing is pending in the state."""
    pressed = time.monotonic()
    terminal.type(b"\x03")
    terminal.until(lambda: terminal.process.poll() is not None, 60, "the end of the engine")
    took = time.monotonic() - pressed
    terminal.read()
    assert terminal.process.returncode != 0
    assert took < 20, f"the engine came back after {took:.1f} s"
    assert sleeping(seconds) == [], "the command on the machine outlived the engine"
    assert b"interrupted" in terminal.screen
    assert b"Traceback" not in terminal.screen
    assert stack.pending() == []
    stack.destroy().ok()
    cloud.assert_only_images()


def test_a_killed_engine_ends_the_command_on_the_machine_and_up_starts_anew(stack, cloud, terminal, seconds):
    """With the engine killed nobody says stop: the provider sees it, ends the remote command and leaves.

    `cancel` and `up` then make exactly one image.
    """
    hosts = providers(family(terminal.process))
    assert hosts, "the provider is among the engine's processes"
    terminal.process.kill()
    terminal.until(lambda: not sleeping(seconds), 30, "the end of the command on the machine")
    wait_for(lambda: not alive(hosts), 30, "the end of the provider")
    stack.cancel().ok()
    stack.configure({"web": image()})
    assert "rebuild" in stack.up().ok().text
    assert (len(cloud.images()), len(cloud.inventory()["vms"])) == (1, 1)
    stack.destroy().ok()
