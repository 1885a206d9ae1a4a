"""The set-up script, as an ordinary user sees it on a machine that lacks packages."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tools.stack.paths import ROOT, SETUP

TOOLS = [
    "sh",
    "cat",
    "date",
    "dirname",
    "mktemp",
    "sort",
    "tr",
    "grep",
    "cut",
    "sha256sum",
    "readlink",
    "sleep",
    "tail",
    "rm",
    "mkdir",
    "flock",
]


@pytest.fixture
def machine(tmp_path: Path):
    """A copy of the script in a checkout of its own, run with nothing but the basic programs on PATH."""
    checkout = tmp_path / "checkout"
    (checkout / "tools").mkdir(parents=True)
    shutil.copy(SETUP, checkout / "tools")
    for name in ("requirements.lock", "requirements-cloud.lock"):
        (checkout / name).write_text("")
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (programs / name).symlink_to(found)
    for name, text in {"id": "echo 1000", "apt-get": "exit 1"}.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)

    def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(programs), "HOME": str(tmp_path), **variables}
        return subprocess.run(
            ["sh", str(checkout / "tools" / "setup.sh"), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_user_gets_one_command_for_everything_that_is_missing(machine) -> None:
    """Python and the system packages are named together, in one line to copy."""
    answer = machine("stack:local")
    assert answer.returncode == 1
    command = next(line for line in answer.stderr.splitlines() if "sudo" in line)
    assert command.strip().startswith("sudo apt-get update && sudo apt-get install -y python3 python3-venv ")
    for package in ("bubblewrap", "qemu-system-x86", "qemu-utils", "mmdebstrap", "mtools", "uidmap"):
        assert f" {package}" in command
    assert answer.stdout == ""


def test_tests_need_what_runs_the_vendors_clients(machine, tmp_path: Path) -> None:
    """No test is left out for want of a program that set-up can bring."""
    (tmp_path / "checkout" / "requirements-dev.lock").write_text("")
    answer = machine("test")
    assert answer.returncode == 1
    for package in ("nodejs", "npm", "qemu-utils"):
        assert f" {package}" in answer.stderr
    assert " npm" not in machine("stack:local").stderr


def test_sandbox_needs_no_virtual_machines(machine) -> None:
    """The quick stack asks for nothing of QEMU's."""
    answer = machine("stack:sandbox")
    assert "bubblewrap" in answer.stderr
    assert "qemu" not in answer.stderr


def test_real_account_needs_no_local_cloud(machine) -> None:
    """A stack on HyperOne itself asks for Python alone."""
    answer = machine("stack:prod")
    assert "python3-venv" in answer.stderr
    assert "bubblewrap" not in answer.stderr


@pytest.mark.parametrize(("stack", "cloud", "needed"), [("prod", "local", True), ("sandbox", "hyperone", False)])
def test_the_choice_of_the_cloud_decides_what_a_stack_needs(machine, stack: str, cloud: str, needed: bool) -> None:
    """CLOUD=local brings what the local cloud needs to any stack, CLOUD=hyperone to none."""
    assert ("bubblewrap" in machine(f"stack:{stack}", CLOUD=cloud).stderr) is needed


def test_progress_is_never_cut_in_the_middle_of_a_character(machine, tmp_path: Path) -> None:
    """A step's last line is shown in plain ASCII, at most 100 characters of it, whatever bars the program draws."""
    programs = tmp_path / "bin"
    clock = tmp_path / "clock"
    clock.write_text("0")
    for name, text in {
        "id": "echo 0",
        "date": f'n=$(cat {clock}); echo $((n + 20)) >{clock}; echo "$n"',
        "apt-get": f"printf 'earlier\\nold\\r50%% {'━' * 60}é {'x' * 120}'; sleep 1",
    }.items():
        (programs / name).unlink()
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    shown = [line for line in machine("base").stderr.splitlines() if " s: " in line]
    assert shown
    for line in shown:
        assert line.partition(" s: ")[2] == f"50%  {'x' * 95}"


def test_wrong_use_is_said(machine) -> None:
    """An unknown word does not start an installation."""
    answer = machine("everything")
    assert answer.returncode == 1
    assert "usage" in answer.stderr


def test_second_run_does_nothing() -> None:
    """In a checkout that is set up the script says nothing and changes nothing."""
    command = [str(SETUP), "base"]
    subprocess.run(command, capture_output=True, timeout=600, check=True)
    stamp = (ROOT / ".venv" / ".hyperone-images").stat().st_mtime_ns
    answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    assert (ROOT / ".venv" / ".hyperone-images").stat().st_mtime_ns == stamp
