"""Locks that engines leave on a stack whose state is in files."""

import getpass
import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from tests.support.stacks import wait_for
from tools.stack import stack_lock
from tools.stack.errors import StackError


@pytest.fixture
def lock(tmp_path: Path):
    """Write a lock on the stack `dev` as the engine does, and read it back."""

    def write(**content: object) -> stack_lock.Lock:
        mine = {"username": getpass.getuser(), "hostname": socket.gethostname(), "timestamp": "2026-11-24T20:00:00.5Z"}
        file = tmp_path / ".pulumi" / "locks" / "organization" / "hyperone-image" / "dev" / "1f.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({**mine, **content}))
        (found,) = stack_lock.locks("dev", {"PULUMI_BACKEND_URL": tmp_path.as_uri()})
        return found

    return write


@pytest.fixture
def gone() -> int:
    """The number of a process that has ended."""
    with subprocess.Popen(["true"]) as process:
        process.wait()
    return process.pid


def test_a_lock_is_dead_when_its_process_is_gone_or_another_program(lock, gone: int) -> None:
    """The number of a process that ended, or that something else than an engine has now."""
    assert lock(pid=gone).is_dead
    assert lock(pid=os.getpid()).is_dead


@pytest.mark.parametrize("other", [{"hostname": "elsewhere"}, {"username": "somebody"}])
def test_a_lock_of_somebody_else_is_never_dead(lock, gone: int, other: dict[str, str]) -> None:
    """What runs on another machine, or for another user, cannot be seen from here."""
    assert not lock(pid=gone, **other).is_dead


def test_the_lock_of_a_living_engine_ends_with_one_line(lock, tmp_path: Path) -> None:
    """It names who works on the stack and since when, and the command that unlocks it."""
    engine = tmp_path / "pulumi"
    engine.symlink_to("/bin/sleep")
    with subprocess.Popen([engine, "60"]) as process:
        # A new program has its name a moment after it was started.
        name = Path(f"/proc/{process.pid}/comm")
        wait_for(lambda: name.read_text() == "pulumi\n", what="the name of the program")
        assert not lock(pid=process.pid).is_dead
        with pytest.raises(StackError) as caught:
            stack_lock.clear_dead("dev", {"PULUMI_BACKEND_URL": tmp_path.as_uri()})
        process.kill()
    assert f"(process {process.pid}, since 2026-11-24T20:00:00)" in str(caught.value)
    assert str(caught.value).endswith("make cancel STACK=dev")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"pid": "x"}', "\0"])
def test_a_broken_lock_is_left_alone(lock, tmp_path: Path, text: str) -> None:
    """A lock that was cut short says nothing about its holder: only the user can know."""
    lock(pid=1)
    next(tmp_path.rglob("*.json")).write_text(text)
    (found,) = stack_lock.locks("dev", {"PULUMI_BACKEND_URL": tmp_path.as_uri()})
    assert not found.is_dead


def test_locks_of_other_backends_are_left_to_the_engine() -> None:
    """Only state in files on this machine is looked at."""
    assert stack_lock.locks("dev", {"PULUMI_BACKEND_URL": "s3://bucket"}) == []
