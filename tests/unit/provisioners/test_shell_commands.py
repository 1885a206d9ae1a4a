"""Command lines of the shell provisioner, checked by a real sh."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pulumi_hyperone.provider.provisioners import parse

HOSTILE = [
    "",
    "plain",
    "a b",
    "it's",
    '"',
    "$HOME",
    "`id`",
    "$(id)",
    "a\nb",
    "\\",
    "é",
    "'; rm -rf /; '",
    "%s %% %d",
    "*",
]


def shell(tmp_path: Path, **options: object):
    """Make one shell provisioner."""
    (provisioner,), faults = parse([{"type": "shell", "inline": ["true"], **options}], tmp_path, "p")
    assert faults == []
    return provisioner


@pytest.mark.parametrize("value", HOSTILE)
@pytest.mark.parametrize("in_file", [False, True])
def test_values_reach_the_script(tmp_path: Path, value: str, in_file: bool) -> None:
    """Whatever a value holds, the script sees it unchanged: in front of the command, and from a file."""
    (tmp_path / "s.sh").write_text('#!/bin/sh\nprintf %s "$V"')
    provisioner = shell(tmp_path, use_env_var_file=in_file)
    variables = provisioner.variables({"V": value})
    (tmp_path / "vars").write_text(provisioner.vars_text(variables, in_file=True))
    command = provisioner.command_line(str(tmp_path / "s.sh"), str(tmp_path / "vars"), variables)
    output = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True).stdout
    assert output == value.encode()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, "chmod +x /p; A='1' B='2'  /p"),
        ({"execute_command": "sudo -E {{ .Vars }}sh -eux {{.Path}}"}, "sudo -E A='1' B='2' sh -eux /p"),
        ({"use_env_var_file": True}, "chmod +x /p; . /e && /p"),
        ({"env_var_format": "set %s=%s&&"}, "chmod +x /p; set A=1&&set B=2&& /p"),
        ({"execute_command": "{{-.Path-}} | tee {{.Path}}.log"}, "/p | tee /p.log"),
    ],
)
def test_command_lines(tmp_path: Path, options: dict[str, object], line: str) -> None:
    """The command line is Packer's, with the variables sorted by name."""
    provisioner = shell(tmp_path, environment_vars=["B=2"], env={"A": "1"}, **options)
    assert provisioner.command_line("/p", "/e", provisioner.variables({})) == line


def test_values_are_not_templates(tmp_path: Path) -> None:
    """What is filled in is not looked at again."""
    provisioner = shell(tmp_path, env={"A": "{{.Path}}"})
    assert "A='{{.Path}}' " in provisioner.command_line("/p", "", provisioner.variables({}))


def test_remote_names(tmp_path: Path) -> None:
    """The script's place follows remote_folder, remote_file and remote_path."""
    assert shell(tmp_path).remote_script().startswith("/tmp/script_")
    assert shell(tmp_path, remote_folder="/x", remote_file="y").remote_script() == "/x/y"
    assert shell(tmp_path, remote_path="/z", remote_file="y").remote_script() == "/z"


@pytest.mark.parametrize("text", ["no path", "{{.Path", "x {{.Nope}} {{.Path}}", "{{ .Path | upper }}"])
def test_execute_command_is_checked(tmp_path: Path, text: str) -> None:
    """A command that cannot be filled in, or never runs the script, is refused at preview."""
    _, faults = parse([{"type": "shell", "inline": ["x"], "execute_command": text}], tmp_path, "p")
    assert [fault.path for fault in faults] == ["p[0]"]
