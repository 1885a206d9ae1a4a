"""State in files: too little room, and a state that was cut short."""

import re
import shutil
import subprocess
from collections import namedtuple
from pathlib import Path

import pytest

from tools.stack import state_file
from tools.stack.errors import StackError

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The file of the stack `dev` in a folder with a space in its name."""
    file = tmp_path / "my state" / ".pulumi" / "stacks" / "hyperone-image" / "dev.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"version": 3}')
    return file


def check(state: Path) -> None:
    """Look at it as a make target does."""
    environment = {"PULUMI_BACKEND_URL": state.parents[3].as_uri()}
    state_file.check_room("dev", environment)
    state_file.check_whole("dev", environment)


def test_a_whole_state_and_a_new_stack_pass(state: Path) -> None:
    """There is nothing to say of either."""
    check(state)
    state.unlink()
    check(state)


def test_a_full_disk_is_refused_before_anything_runs(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine would cut the state short."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(1 << 40, 1 << 40, 3 << 20))
    with pytest.raises(StackError, match=r"only 3 MiB are free in .*my state, .* at least 64 MiB"):
        check(state)


def test_the_command_for_a_state_that_was_cut_short_takes_it_back(state: Path) -> None:
    """With a whole backup the message holds the command that restores it, and where to look for what builds left."""
    Path(f"{state}.bak").write_text('{"version": 2}')
    state.write_text('{"versi')
    with pytest.raises(StackError, match="make status STACK=dev") as caught:
        check(state)
    command = re.search(r"cp .*?(?= restores)", str(caught.value))
    assert command
    subprocess.run(["sh", "-c", command[0]], check=True)
    assert state.read_text() == '{"version": 2}'
    check(state)


def test_without_a_whole_backup_the_cloud_is_what_is_left(state: Path) -> None:
    """Then status and sweep find by tags what builds left."""
    state.write_text("")
    Path(f"{state}.bak").write_text("{")
    with pytest.raises(StackError, match=r"make sweep STACK=dev STACK_ID=… removes it; then rm "):
        check(state)


def test_what_a_killed_engine_left_beside_a_whole_state_is_removed(state: Path) -> None:
    """An empty file of attributes, which the engine cannot read, goes; one with something in it stays."""
    empty, whole = Path(f"{state}.attrs"), Path(f"{state}.bak.attrs")
    empty.touch()
    whole.write_text('{"md5": ""}')
    check(state)
    assert not empty.exists()
    assert whole.exists()


def test_other_backends_are_not_looked_at() -> None:
    """Their storage is not on this machine."""
    state_file.check_room("dev", {"PULUMI_BACKEND_URL": "s3://bucket"})
    state_file.check_whole("dev", {"PULUMI_BACKEND_URL": "s3://bucket"})
