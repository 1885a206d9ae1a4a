"""Ansible's extra variables go by files, and mean there what they mean on the command line."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from pulumi_hyperone.provider.provisioners.extra_vars import hidden


@pytest.mark.parametrize(
    ("arguments", "file"),
    [
        (["-e", "a=1 b='x y'"], '{"a": "1", "b": "x y"}'),
        (["-ea=1"], '{"a": "1"}'),
        (["--extra-vars", '{"a": "it\'s"}'], '{"a": "it\'s"}'),
        (["--extra-vars={a: 1}"], "{a: 1}"),
        (["--extra-vars=a=b=c"], '{"a": "b=c"}'),
    ],
)
def test_values_go_to_a_private_file(tmp_path: Path, arguments: list[str], file: str) -> None:
    """The argument names a file of mode 0600 with the same content."""
    option, name = hidden(["-v", *arguments, "--diff"], tmp_path)[1:-1]
    assert option in ("-e", "--extra-vars")
    path = Path(name.removeprefix("@"))
    assert path.read_text() == file
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        ["-e", "@vars.yml"],
        ["-e", "a={{ b }}"],
        ["-e", "a=x\\ny"],
        ["-e", "a='open"],
        ["-e", "word"],
        ["-e", ""],
        ["-e"],
        ["--extra-vars"],
        ["--check", "-vv", "--limit", "web"],
    ],
)
def test_what_only_ansible_can_read_stays(tmp_path: Path, arguments: list[str]) -> None:
    """Files, templates, escapes and what is wrong are left to Ansible."""
    assert hidden(arguments, tmp_path) == arguments
    assert list(tmp_path.iterdir()) == []
