"""Command lines of the shell provisioner, checked by a real sh."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.variables import without_needless

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
    command, given = provisioner.command_line(str(tmp_path / "s.sh"), str(tmp_path / "vars"), variables)
    assert len(value) < 2 or value not in command
    output = subprocess.run(["/bin/sh", "-c", command], input=given, capture_output=True, check=True).stdout
    assert output == value.encode()


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"execute_command": "sudo -ES {{ .Vars }}sh -eux {{.Path}}"}, "sudo -ES A='1' B='2' sh -eux /p"),
        ({"use_env_var_file": True}, "chmod +x /p; . /e && /p"),
        ({"env_var_format": "set %s=%s&&"}, "chmod +x /p; set A=1&&set B=2&& /p"),
        ({"execute_command": "{{-.Path-}} | tee {{.Path}}.log"}, "/p | tee /p.log"),
    ],
)
def test_command_lines(tmp_path: Path, options: dict[str, object], line: str) -> None:
    """The command line is Packer's, with the variables sorted by name."""
    provisioner = shell(tmp_path, environment_vars=["B=2"], env={"A": "1"}, **options)
    assert provisioner.command_line("/p", "/e", provisioner.variables({})) == (line, None)


BY_INPUT = [
    "{{.Vars}} {{.Path}}",
    "chmod +x {{.Path}} && {{ .Vars }}sh {{.Path}} 2>&1",
    "env {{.Vars}} {{.Path}}",
    "nice {{.Vars}} /bin/sh -u {{.Path}} | cat",
    "OTHER=1 {{.Vars}} env -u OTHER {{.Path}}",
    "{{.Vars}} . {{.Path}}",
]


@pytest.mark.parametrize("execute_command", BY_INPUT)
def test_a_command_in_whose_front_the_variables_stand_reads_them(tmp_path: Path, execute_command: str) -> None:
    """No value is part of the command line, and the script sees all of them."""
    (tmp_path / "s.sh").write_text('#!/bin/sh\nprintf %s "$V"')
    (tmp_path / "s.sh").chmod(0o700)
    provisioner = shell(tmp_path, execute_command=execute_command)
    command, given = provisioner.command_line(str(tmp_path / "s.sh"), "", {"V": "it's\n$x", "W": "w"})
    assert "it" not in command
    output = subprocess.run(["/bin/sh", "-c", command], input=given, capture_output=True, check=True).stdout
    assert output == b"it's\n$x"


@pytest.mark.parametrize(
    "execute_command",
    [
        "echo pw | sudo -S {{.Vars}} {{.Path}}",
        "sudo sh -c '{{.Vars}} {{.Path}}'",
        "for i in 1 2; do {{.Vars}} {{.Path}}; done",
        "{{.Vars}} {{.Path}} < /etc/passwd",
        "{{.Vars}} {{.Path}} &",
        "{{.Vars}} {{.Path}}; {{.Vars}} {{.Path}}",
        "cd /tmp && {{.Vars}} {{.Path}}",
    ],
)
def test_other_commands_are_filled_in_as_packer_does(tmp_path: Path, execute_command: str) -> None:
    """Where the input is not free, or quotes and loops are around, the text stays Packer's."""
    command, given = shell(tmp_path, execute_command=execute_command).command_line("/p", "", {"A": "1"})
    assert command == execute_command.replace("{{.Vars}}", "A='1' ").replace("{{.Path}}", "/p")
    assert given is None


def test_a_terminal_does_not_get_the_variables_by_input(tmp_path: Path) -> None:
    """It would echo them: the default command takes them from a file, one of the user's own as Packer does."""
    command, given = shell(tmp_path).command_line("/p", "/e", {"A": "1"}, pty=True)
    assert (command, given) == ("chmod +x /p; . /e && /p", None)
    own = shell(tmp_path, execute_command="{{.Vars}} {{.Path}}").command_line("/p", "/e", {"A": "1"}, pty=True)
    assert own == ("A='1'  /p", None)


@pytest.mark.parametrize(
    ("given", "left"),
    [
        (["/bin/sh", "-c", "{{.Vars}} {{.Script}}"], ["/bin/sh", "-c", " {{.Script}}"]),
        (["bash", "-x", "-ec", "cd /; {{ .Vars }}{{.Script}} 'x'"], ["bash", "-x", "-ec", "cd /; {{.Script}} 'x'"]),
        (["sh", "-c", "sudo {{.Vars}} {{.Script}}"], None),
        (["sh", "-c", "sudo sh -c 'cd /; {{.Vars}} {{.Script}}'"], None),
        (["ssh", "-c", "{{.Vars}} {{.Script}}"], None),
        (["env", "{{.Vars}}", "{{.Script}}"], None),
        (["sh", "{{.Script}}"], None),
    ],
)
def test_local_commands_need_no_variables_where_the_environment_has_them(
    given: list[str], left: list[str] | None
) -> None:
    """What begins a command of a shell is taken out; elsewhere it is Packer's text."""
    assert without_needless(given) == (left or given)


def test_values_are_not_templates(tmp_path: Path) -> None:
    """What is filled in is not looked at again."""
    provisioner = shell(tmp_path, env={"A": "{{.Path}}"}, env_var_format="%s='%s' ")
    assert "A='{{.Path}}' " in provisioner.command_line("/p", "", provisioner.variables({}))[0]


def test_remote_names(tmp_path: Path) -> None:
    """The script's place follows remote_folder, remote_file and remote_path."""
    assert shell(tmp_path).remote_script.startswith("/tmp/script_")
    assert shell(tmp_path, remote_folder="/x", remote_file="y").remote_script == "/x/y"
    assert shell(tmp_path, remote_path="/z", remote_file="y").remote_script == "/z"


@pytest.mark.parametrize("text", ["no path", "{{.Path", "x {{.Nope}} {{.Path}}", "{{ .Path | upper }}"])
def test_execute_command_is_checked(tmp_path: Path, text: str) -> None:
    """A command that cannot be filled in, or never runs the script, is refused at preview."""
    _, faults = parse([{"type": "shell", "inline": ["x"], "execute_command": text}], tmp_path, "p")
    assert [fault.path for fault in faults] == ["p[0]"]
