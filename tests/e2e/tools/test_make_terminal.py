"""make in a real terminal: interrupted, or closed in the middle of a build, and what the next command makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.support.checkout import SANDBOX, Checkout
from tests.support.terminal import Terminal

pytestmark = pytest.mark.e2e

DESTROY = "make destroy STACK=sandbox"


@pytest.fixture
def checkout(renewed: Checkout) -> Checkout:
    """The module's checkout, with nothing in it or its cloud."""
    return renewed


def write(checkout: Checkout, command: str) -> None:
    """Have the build run `command` on the machine."""
    text = SANDBOX.format(provisioner=f'{{type: shell, inline: ["echo started", "{command}"]}}')
    (checkout.folder / "stacks" / "Pulumi.sandbox.yaml").write_text(text)


@pytest.fixture
def make(checkout: Checkout) -> Iterator[Callable[..., Terminal]]:
    """Type a make command on the stack `sandbox` into a new terminal."""
    opened: list[Terminal] = []

    def start(target: str) -> Terminal:
        command = ["make", target, "STACK=sandbox"]
        opened.append(Terminal(command, checkout.folder, checkout.environment))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


@pytest.fixture
def building(checkout: Checkout, make: Callable[..., Terminal]) -> Terminal:
    """`make up` in the middle of a long command on the machine; what is typed afterwards builds in no time."""
    write(checkout, "sleep 300")
    terminal = make("up")
    terminal.until(lambda: b"started" in terminal.screen or terminal.process.poll() is not None, 180, "the command")
    assert terminal.process.poll() is None, terminal.text
    write(checkout, "true")
    return terminal


def locks(checkout: Checkout) -> list[Path]:
    """The locks on the checkout's stacks."""
    return [*(checkout.folder / ".state" / "pulumi").glob(".pulumi/locks/**/*.json")]


def engine_of(terminal: Terminal) -> psutil.Process:
    """The engine that the terminal's make has started."""
    return next(one for one in psutil.Process(terminal.process.pid).children(recursive=True) if one.name() == "pulumi")


def test_after_one_interrupt_what_stays_and_what_removes_it_is_said(
    checkout: Checkout, building: Terminal, make
) -> None:
    """Ctrl-C stops the build; the last lines name the machine that is still there, and the command that removes it."""
    building.type(b"\x03")
    assert building.ended(60) != 0
    assert f"hello-builder is still there: make up STACK=sandbox goes on, {DESTROY} removes it" in building.text
    assert len(checkout.cloud("/_local/inventory")["vms"]) == 1
    removed = make("destroy")
    assert removed.ended(120) == 0, removed.text
    assert checkout.cloud("/_local/inventory")["vms"] == []


def test_after_two_quick_interrupts_the_next_command_asks_nothing(checkout: Checkout, building: Terminal, make) -> None:
    """The engine gives up at once and leaves a pending create; `make up` clears it and builds, with no question."""
    building.type(b"\x03")
    building.until(lambda: b"^C received" in building.screen, 30, "the engine's answer")
    building.type(b"\x03")
    assert building.ended(60) != 0
    again = make("up")
    assert again.ended(180) == 0, again.text
    assert "Confirm" not in again.text
    assert [image["name"] for image in checkout.cloud("/_local/inventory")["images"]] == ["hello"]
    removed = make("destroy")
    assert removed.ended(120) == 0, removed.text


def test_a_closed_terminal_does_not_leave_the_stack_locked(checkout: Checkout, building: Terminal, make) -> None:
    """The engine dies with its terminal and leaves its lock; the next command sees that, says so and builds."""
    engine = engine_of(building)
    building.hang_up()
    psutil.wait_procs([engine], timeout=30)
    assert not engine.is_running()
    assert len(locks(checkout)) == 1
    again = make("up")
    assert again.ended(180) == 0, again.text
    assert f"The stack sandbox was locked by process {engine.pid}, which is gone: unlocking it" in again.text
    removed = make("destroy")
    assert removed.ended(120) == 0, removed.text
    assert checkout.cloud("/_local/inventory")["vms"] == []


def test_a_stack_that_somebody_works_on_is_left_alone(checkout: Checkout, building: Terminal, make) -> None:
    """While an engine lives, another command ends at once with one line: who works on it, and what to do if not."""
    other = make("destroy")
    assert other.ended(60) != 0
    holder = json.loads(locks(checkout)[0].read_text())
    said = (
        f"error: the stack sandbox is locked by {holder['username']} on {holder['hostname']} (process {holder['pid']}, "
    )
    assert said in other.text
    assert "make cancel STACK=sandbox" in other.text
    building.type(b"\x03")
    building.ended(60)
    assert make("destroy").ended(120) == 0
