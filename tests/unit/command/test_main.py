"""What the command `hyperone` says where the system refuses something: one line, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pulumi_hyperone.command.main import main

LONG = "a" * 300
"""A name that no file can have."""


def test_a_path_that_the_system_refuses_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Be it one to read, or one to write."""
    for arguments in ([LONG], ["template.json", "--output", LONG]):
        monkeypatch.setattr(sys, "argv", ["hyperone", "import-packer", *arguments])
        assert main() == 1
        assert capsys.readouterr().err.endswith(f"{LONG}: file name too long\n")


@pytest.mark.parametrize("command", [["status"], ["sweep", "identity"]])
def test_a_time_that_is_none_is_refused_before_anything_is_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    """Also where nothing is left that it would be used for."""
    monkeypatch.setattr(sys, "argv", ["hyperone", *command, "--quiet", "5"])
    assert main() == 1
    assert capsys.readouterr().err == "error: --quiet '5': must be a duration such as 5m, 1h2m3s or 500ms\n"


def test_a_full_disk_under_the_output_is_told() -> None:
    """What was printed is not all there, so the command does not end well."""
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "pulumi_hyperone", "--help"]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "error: no space left on device\n"


def test_a_user_without_a_home_folder_is_told_what_to_set(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in a container that runs under a user id of its own."""

    def none(_: type[Path]) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", classmethod(none))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    for arguments in (["status"], ["diff", "a", "b"]):
        monkeypatch.setattr(sys, "argv", ["hyperone", *arguments])
        assert main() == 1
        assert capsys.readouterr().err == "error: this user has no home folder: set HOME to one\n"
