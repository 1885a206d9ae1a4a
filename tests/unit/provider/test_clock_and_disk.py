"""A clock that is set and a disk that is full change nothing about a build."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.provisioners.build_log import BuildLog


@pytest.mark.parametrize("jump", [-86_400, 86_400])
def test_deadlines_do_not_see_the_wall_clock(monkeypatch, jump):
    """A day forth or back neither ends a wait nor makes it longer."""
    deadline = Deadline(5)
    wall = time.time()
    monkeypatch.setattr(time, "time", lambda: wall + jump)
    assert not deadline.expired
    assert 4 < deadline.remaining <= 5


def test_a_deadline_bounds_the_steps_of_a_wait():
    """A step gets what it asks for, but not more than is left; without an end all that it asks for."""
    assert Deadline(None).left(7) == 7
    assert not Deadline(None).expired
    assert Deadline(100).left(7) == 7
    assert 4 < Deadline(5).left(7) <= 5
    assert (Deadline(0).left(7), Deadline(0).expired) == (0, True)


def test_a_full_disk_under_the_log_fails_no_build():
    """Output that cannot be written is still counted, shown and masked; the trouble is told."""
    log = BuildLog(Path("/dev/full"), secrets=["a secret word"])
    for _ in range(100):
        log.output(b"a secret word\n" * 1000)
    log.output(b"the last line\n")
    assert log.tail(1) == ("the last line",)
    assert "a secret word" not in "".join(log.tail(50))
    assert "No space left" in log.trouble
    log.close()
