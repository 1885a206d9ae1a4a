"""Disks that are full or read-only keep nothing from being told."""

from __future__ import annotations

import os

import pytest

pytestmark = [pytest.mark.cloud, pytest.mark.skipif(os.getuid() != 0, reason="chroot needs root")]
COPY = 'mount -t tmpfs -o size=100m none /mnt && cp -a "$1/." /mnt && shift && set -- /mnt "$@"'
NO_ROOM = "if echo x >/mnt/tmp/x; then exit 9; fi"
FULL = f"{COPY}\nhead -c 100m /dev/zero >/mnt/tmp/filled\n{NO_ROOM}"
READ_ONLY = f"{COPY}\nmount -o remount,ro /mnt\n{NO_ROOM}"
KEY, SECRET = "QUFB" * 12, "hunter2-hunter2"


@pytest.fixture
def filled(root):
    """The root with a package, a person's key, and a secret in a file and in a link."""
    for name, text in {
        "var/lib/dpkg/status": "Package: a\nStatus: install ok installed\nVersion: 1\n",
        "var/lib/dpkg/info/a.md5sums": f"{0:032}  usr/bin/cat\n",
        "root/.ssh/authorized_keys": f"ssh-ed25519 {KEY} me\n",
        "opt/left": SECRET,
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "link").symlink_to(SECRET)


@pytest.mark.parametrize("mount", [FULL, READ_ONLY])
def test_a_disk_without_room_is_told_as_any_other(filled, look, mount):
    """The stock is that of the same disk with room."""
    stock = look()
    assert [file.path for file in stock.files if file.state == "changed"] == ["/usr/bin/cat"]
    assert [key.path for key in stock.keys] == ["/root/.ssh/authorized_keys"]
    assert look(mount) == stock


def test_secrets_on_a_full_disk_are_found(filled, inside):
    """No file is needed for the search, which also looks at links in the root folder."""
    found = inside("residue.sh", "secrets", "find", "chroot", KEY, "60", "60", mount=FULL, stdin=SECRET.encode())
    assert found == b"/link\0/opt/left\0\0\0"


def test_a_disk_that_became_read_only_is_not_taken_for_clean(root, filled, inside):
    """Linux makes a disk with errors read-only: what the build left on it before is not searched for, which is said."""
    (root / "proc/mounts").write_text("/dev/sda1 / ext4 ro,relatime 0 0\n")
    found = inside("residue.sh", "secrets", "find", "chroot", KEY, "60", "60", stdin=SECRET.encode())
    assert found.endswith(b"\0/ is read-only\0")


@pytest.mark.parametrize(
    ("stage", "file", "other"),
    [("files", "var/log/a", "var/log/b"), ("identity", "etc/machine-id", "root/.ssh/authorized_keys")],
)
def test_a_file_that_cannot_be_emptied_is_told_and_the_rest_is_cleaned(root, filled, inside, stage, file, other):
    """As one whose folder is mounted read-only, or that `chattr +i` protects."""
    for name in {file, other} - {"root/.ssh/authorized_keys"}:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("of this build\n")
    closed = f'mount --bind "$1/{file}" "$1/{file}" && mount -o remount,bind,ro "$1/{file}"'
    found = inside("residue.sh", stage, "clean", "chroot", KEY, "60", "60", "/root", mount=closed)
    assert f"/{file}".encode() in found.split(b"\0")
    assert (root / other).read_text() == ""
