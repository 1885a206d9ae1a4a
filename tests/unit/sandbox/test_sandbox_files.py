"""Files that the cloud makes for sandbox machines."""

from __future__ import annotations

import pytest

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.sandbox.system_files import check_username, hostname_of
from pulumi_hyperone.local_cloud.machines.sandbox.trees import GuestTree


@pytest.mark.parametrize(
    ("name", "expected"),
    [("web", "web"), ("my web_1.example", "my-web-1-example"), ("ąę", "sandbox"), ("-a-", "a"), ("x" * 80, "x" * 63)],
)
def test_host_name_is_always_valid(name, expected):
    """Any VM name gives a valid host name."""
    assert hostname_of(name) == expected


@pytest.mark.parametrize("name", ["", "../etc", "a b", "Ä", "x:y", "-rf", "a" * 40, "a\n"])
def test_bad_user_names_are_refused(name):
    """Names that are no Unix user names are refused."""
    with pytest.raises(MachineError):
        check_username(name)


def test_guest_tree_never_follows_links(tmp_path):
    """Folders, files and links are made inside the tree only, and existing things are left alone."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (root / "var").symlink_to(outside)
    (root / "file").write_text("mine")
    with GuestTree(root, None) as tree:
        tree.folder("home", 0o750)
        tree.file("home/new", b"new", 0o600)
        for make in (
            lambda: tree.folder("home", 0o700),
            lambda: tree.folder("var", 0o755),
            lambda: tree.folder("var/log", 0o755),
            lambda: tree.link("var/run", "/run"),
            lambda: tree.file("var/x", b"x"),
            lambda: tree.file("file", b"theirs"),
        ):
            with pytest.raises(OSError, match=r"exists|Not a directory|symbolic"):
                make()
    assert list(outside.iterdir()) == []
    assert (root / "file").read_text() == "mine"
    assert (root / "home").stat().st_mode & 0o777 == 0o750
    assert (root / "home" / "new").read_bytes() == b"new"
