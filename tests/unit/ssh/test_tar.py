"""The tar stream of a tree: its headers are those of tarfile, whatever the names, sizes and owners."""

from __future__ import annotations

import io
import os
import tarfile
from pathlib import Path

import pytest

from pulumi_hyperone.provider.ssh.tar import PIECE, _Headers, tar_stream
from pulumi_hyperone.provider.ssh.tree import TreeEntry, TreeError, walk

NAMES = [
    "a",
    "d/e",
    "n" * 99,
    "n" * 100,
    "n" * 101,
    "d/" * 60 + "deep",
    "zażółć",
    "\udcff\n'\"",
    "-rf",
    "ż" * 50,
    "ż" * 51,
]


@pytest.mark.parametrize("owner", [None, (0, 0), (1000, 2_097_151), (2_097_152, 4_000_000_000)])
@pytest.mark.parametrize("name", NAMES)
def test_headers_are_those_of_tarfile(name: str, owner: tuple[int, int] | None) -> None:
    """Made from a template or by tarfile itself: the bytes are the same, for files of all sizes."""
    headers = _Headers(owner)
    for size in (0, 1, 8**11 - 1, 8**11):
        made = headers.of(TreeEntry(name, "/x", is_dir=False, mode=0o755, size=size, is_link=False))
        assert made == headers._by_tarfile(name, 0o755, size)
        assert len(made) % 512 == 0
        tarfile.TarInfo.frombuf(made[-512:], "utf-8", "surrogateescape")


def test_the_archive_is_the_files_of_the_tree(tmp_path: Path) -> None:
    """What tarfile reads from the stream is what is in the tree; pieces are of bounded size."""
    (tmp_path / "d").mkdir(mode=0o750)
    contents = {"a": b"", "d/b": b"x" * 511, "d/big": os.urandom(3 * PIECE + 7), "d/c": b"y" * 512}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "a").chmod(0o4711)
    pieces = list(tar_stream((entry for entry in walk(tmp_path) if not entry.is_dir), None))
    assert max(map(len, pieces)) < 2 * PIECE + 2048
    with tarfile.open(fileobj=io.BytesIO(b"".join(pieces))) as archive:
        found = {member.name: archive.extractfile(member).read() for member in archive if member.isfile()}
        modes = {member.name: member.mode for member in archive}
    assert found == contents
    assert modes["a"] == 0o711, "nobody becomes another user by an uploaded file"


def test_links_are_followed_with_the_modes_of_packer(tmp_path: Path) -> None:
    """A link to a file is 0644 less what its target lacks; a link to a folder has the bits of the folder."""
    for name, mode in (("run", 0o755), ("key", 0o600)):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(mode)
        (tmp_path / f"to-{name}").symlink_to(name)
    (tmp_path / "d").mkdir()
    (tmp_path / "d").chmod(0o750)
    (tmp_path / "to-d").symlink_to("d")
    assert {entry.name: entry.mode for entry in walk(tmp_path) if entry.is_link} == {
        "to-run": 0o644,
        "to-key": 0o600,
        "to-d": 0o750,
    }


def test_files_that_change_or_go_away_are_errors(tmp_path: Path) -> None:
    """A file that is shorter or gone when its turn comes is named."""
    file = tmp_path / "file"
    file.write_bytes(b"1234")
    entries = list(walk(tmp_path))
    file.write_bytes(b"12")
    with pytest.raises(TreeError, match="file became shorter"):
        list(tar_stream(entries, None))
    file.unlink()
    with pytest.raises(TreeError, match="file cannot be read: No such file"):
        list(tar_stream(entries, None))
