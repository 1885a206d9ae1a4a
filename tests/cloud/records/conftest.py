"""A root file system of a few megabytes, and our scripts run in it as in a chroot build's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_hyperone.provider.records.root_script import as_root_if_possible
from pulumi_hyperone.provider.records.sections import LARGEST, Sections
from pulumi_hyperone.provider.records.stock import Stock, plain
from pulumi_hyperone.provider.records.taking import read_stock
from tests.support.small_root import SMALL_ROOT, TOOLS

MORE = "awk cut gzip grep head md5sum sed sha256sum sort timeout tr uname rpm busybox"
PROGRAMS = f"{TOOLS} {MORE}".split()
"""What the root file system has in /usr/bin."""


@pytest.fixture
def root(tmp_path) -> Path:
    """A root file system with the programs that our scripts use, and rpm."""
    folder = tmp_path / "root"
    folder.mkdir()
    fill = SMALL_ROOT.replace(TOOLS, " ".join(PROGRAMS)).replace("ROOT", str(folder))
    subprocess.run(["sh", "-c", fill], check=True, capture_output=True)
    return folder


@pytest.fixture
def inside(root) -> Callable[..., bytes]:
    """Run one of our scripts in the root, with the machine's devices; `mount` comes first, its $1 is the root."""

    def run(name: str, *arguments: str, mount: str = "", stdin: bytes = b"") -> bytes:
        command = as_root_if_possible(name, *arguments)
        script = f'{mount}\nmount --bind /dev "$1/dev" && exec chroot "$@"'
        words = ["unshare", "--mount", "sh", "-c", script, "sh", root, "/bin/sh", "-c", command]
        return subprocess.run(words, input=stdin, capture_output=True, check=True).stdout

    return run


@pytest.fixture
def look(root, inside) -> Callable[..., Stock]:
    """Take the stock of the root file system, in which that leaves everything as it was."""

    def everything() -> Iterator[tuple[str, int, int]]:
        for one in root.rglob("*"):
            # SQLite's index in memory that processes share: rpm touches it when it reads its database.
            if not one.name.endswith("-shm"):
                yield str(one), one.lstat().st_mtime_ns, one.lstat().st_size

    def take(mount: str = "") -> Stock:
        before = sorted(everything())
        answer = inside("stock.sh", "MARK", "chroot", "60", "60", str(LARGEST), mount=mount)
        assert sorted(everything()) == before
        return read_stock(Sections(answer, "MARK"), plain, in_chroot=True)

    return take
