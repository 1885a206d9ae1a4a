"""The same interface inside a root file system: a real chroot on this machine."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.errors import DeadlineExceeded, TransferFailed
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine, wrap

pytestmark = [pytest.mark.cloud, pytest.mark.skipif(os.getuid() != 0, reason="chroot needs root")]

TOOLS = ["sh", "cat", "mkdir", "tar", "chown", "chmod", "mv", "rm", "stat", "mktemp", "ls", "pwd", "sleep", "id", "env"]
HOSTILE = [
    "plain",
    "$HOME",
    "`id`",
    "$(id)",
    "it's",
    'a "b"',
    "a\nb",
    "é ł 漢",
    "\\",
    "a\\nb",
    "*",
    "!x",
    "-n",
    "%s",
    "a;b|c&d>e",
]


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory) -> Path:
    """A small root file system with a shell and a few tools."""
    root = tmp_path_factory.mktemp("root")
    for name in TOOLS:
        program = shutil.which(name)
        listing = subprocess.run(["ldd", program], capture_output=True, text=True, check=True).stdout
        for file in [program, *[word for word in listing.split() if word.startswith("/")]]:
            target = root / file.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    for name in ("etc", "root", "tmp", "dev"):
        (root / name).mkdir()
    (root / "tmp").chmod(0o1777)
    if not (root / "bin").exists():
        (root / "bin").symlink_to("usr/bin")
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\nweb:x:777:778::/:/bin/sh\n")
    (root / "etc" / "group").write_text("root:x:0:\nweb:x:778:\n")
    return root


@pytest.fixture
def root(skeleton: Path, tmp_path: Path) -> Path:
    """A fresh copy, at a path with a space and quotes in it."""
    target = tmp_path / "it's a $mount"
    subprocess.run(["cp", "-a", str(skeleton), str(target)], check=True)
    return target


@pytest.fixture(params=["{{.Command}}", "env X=outer {{ .Command }}"])
def inside(request, machine, root: Path) -> ChrootMachine:
    """The chroot on a machine, with and without a wrapper."""
    return ChrootMachine(machine, str(root), request.param)


def test_wrapper_is_textual() -> None:
    """The wrapper is put around as text: nothing is quoted, however the command looks."""
    line = "A=1 x 'y' | z || w > f"
    assert wrap("sudo {{.Command}}", line) == f"sudo {line}"
    assert wrap("{{ .Command }} && echo \\1", line) == f"{line} && echo \\1"


@pytest.mark.parametrize("value", HOSTILE)
def test_values_arrive_unchanged(inside, value: str) -> None:
    """What a command says inside is what was written outside, for all of sh's special characters."""
    from pulumi_hyperone.provider.ssh.shell_text import quote

    result = inside.run(f"printf %s {quote(value)}", timeout=10, capture=True)
    assert result.stdout == value.encode()


def test_commands_run_inside(inside, root: Path) -> None:
    """Commands see the inner root folder, run as root, start in `/`, and give their exit code."""
    result = inside.run("pwd; id -u; ls /; V=1; [ $V = 1 ] && exit 5", timeout=10, capture=True)
    assert result.exit_code == 5
    lines = result.text.splitlines()
    assert lines[:2] == ["/", "0"]
    assert set(lines[2:]) == set(os.listdir(root))


def test_files_go_in_and_out(inside, root: Path, tmp_path: Path) -> None:
    """Files and folders go to places of the inner system, also by a link that is absolute inside, and come back."""
    (root / "var").mkdir()
    (root / "log").symlink_to("/var")
    inside.upload(b"x", "/log/f", mode=0o600)
    assert ((root / "var" / "f").read_bytes(), stat.S_IMODE((root / "var" / "f").stat().st_mode)) == (b"x", 0o600)
    assert not Path("/log").exists()
    inside.upload(b"y", "~/in-home")
    assert (root / "root" / "in-home").read_bytes() == b"y"
    inside.upload(b"z", "relative")
    assert (root / "relative").read_bytes() == b"z"
    (tmp_path / "t" / "d").mkdir(parents=True)
    (tmp_path / "t" / "d" / "f").write_bytes(b"1")
    inside.upload_tree(tmp_path / "t", "/etc/tree", owner="web:web")
    assert (root / "etc" / "tree" / "d" / "f").stat().st_uid == 777
    inside.upload(b"o", "/etc/owned", owner="web", mode=0o640)
    assert (root / "etc" / "owned").stat().st_uid == 777
    inside.download("/etc/passwd", tmp_path / "passwd")
    assert "web:x:777" in (tmp_path / "passwd").read_text()
    inside.download_tree("/etc/tree", tmp_path / "back")
    assert (tmp_path / "back" / "tree" / "d" / "f").read_bytes() == b"1"


def test_failures_and_time(inside) -> None:
    """Failures and time-outs are the same inside as outside."""
    with pytest.raises(TransferFailed, match="/nowhere/deep"):
        inside.upload(b"x", "/nowhere/deep/f")
    with pytest.raises(DeadlineExceeded):
        inside.run("sleep 30", timeout=1)


def test_provisioners_run_inside(inside, root: Path, tmp_path: Path, interruption) -> None:
    """Shell and file provisioners need not know that they are inside."""
    from pulumi_hyperone.provider.provisioners.build_log import BuildLog
    from pulumi_hyperone.provider.provisioners.catalog import parse
    from pulumi_hyperone.provider.provisioners.context import RunContext
    from pulumi_hyperone.provider.provisioners.run import run_all

    raw = [
        {"type": "file", "content": "c", "destination": "/etc/c"},
        {"type": "shell", "inline": ["cat /etc/c > /etc/d", 'printf %s "$A" > /etc/a'], "env": {"A": "$HOME'`id`"}},
    ]
    provisioners, faults = parse(raw, tmp_path, "p")
    assert faults == []
    with BuildLog(tmp_path / "log") as log:
        run_all(provisioners, inside, RunContext(log, interruption, tmp_path))
    assert (root / "etc" / "d").read_text() == "c"
    assert (root / "etc" / "a").read_text() == "$HOME'`id`"
    assert list((root / "tmp").iterdir()) == []
