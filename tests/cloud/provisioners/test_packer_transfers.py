"""Where files go and with which modes: what Packer 1.7.10 did with a real OpenSSH server, row by row, is done here too.

The rows of packer_transfers.json were recorded with Packer's null builder and file provisioner, scp and SFTP, against
OpenSSH 9.2, umask 027 on both sides, in the folders that `sources` and `places` make. They are the table of
docs/provisioners.md in full.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ssh_servers import Sshd

from pulumi_hyperone.provider.foundation.errors import ProvisionerFailed, SettingsError
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.context import RunContext
from pulumi_hyperone.provider.provisioners.run import run_all
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine

pytestmark = pytest.mark.cloud
ROWS = json.loads((Path(__file__).parent / "packer_transfers.json").read_text())
UMASK = 0o027
BY_SCP = {
    "": "0750 /",
    "/a.txt": "0640 A",
    "/empty": "0750 /",
    "/key": "0600 K",
    "/ro.txt": "0440 R",
    "/run.sh": "0750 X",
    "/sub": "0700 /",
    "/sub/b.txt": "0640 B",
}
"""What becomes of the folder conf where it is new."""
BY_SFTP = {
    "": "0775 /",
    "/a.txt": "0664 A",
    "/empty": "0777 /",
    "/key": "0600 K",
    "/ro.txt": "0444 R",
    "/run.sh": "0755 X",
    "/sub": "0700 /",
    "/sub/b.txt": "0644 B",
}


def conf(at: str, entries: dict[str, str], *, itself: bool = True) -> dict[str, str]:
    """The folder conf at a place; without `itself` only what is in it."""
    return {f"{at}{name}": text for name, text in entries.items() if name or itself}


IN_FULL = {
    "full/a.txt": "0664 A",
    "full/elsewhere": "0700 /",
    "full/elsewhere/b.txt": "0644 B",
    "full/empty": "0777 /",
    "full/real": "0600 K",
    "full/ro.txt": "0444 R",
    "full/run.sh": "0755 X",
}
LINKED_FOLDER = {"link": "0750 /", "link/f": "0644 F", "real": "0750 /", "real/f": "0644 F"}
DIFFERENT: dict[str, dict[str, str]] = {
    # A folder that is missing is made, where Packer fails or writes all files to its name, one over the other.
    **{f"scp upload {source} {to}": conf("new", BY_SCP) for source in ("conf/", "to-conf/") for to in ("new", "new/")},
    **{f"sftp upload {source} new": conf("new", BY_SFTP) for source in ("conf/", "to-conf/")},
    **{f"scp upload one/ {to}": {"new": "0750 /", "new/f": "0640 F"} for to in ("new", "new/")},
    "sftp upload one/ new": {"new": "0755 /", "new/f": "0644 F"},
    **{f"scp upload none/ {to}": {"new": "0750 /"} for to in ("new", "new/")},
    "sftp upload none/ new": {"new": "0755 /"},
    **{f"{method} download conf/* new": conf("new", BY_SCP) for method in ("scp", "sftp")},
    # A link gives a file no more bits than it has: what only its owner may read stays so.
    "scp upload fk/ dir": {"dir/link": "0600 T", "dir/target": "0600 T"},
    "sftp upload fk/ dir": {"dir/link": "0600 T", "dir/target": "0600 T"},
    # By SFTP too, the folder that files go into keeps its mode, and links to folders are followed on both sides.
    **{
        f"sftp upload {source} {to}": conf("dir", BY_SFTP, itself=False)
        for source in ("conf/", "to-conf/")
        for to in ("dir/", "to-dir/")
    },
    **{f"sftp upload to-conf {to}": conf("dir/to-conf", BY_SFTP) for to in ("dir", "dir/", "to-dir", "to-dir/")},
    **{f"sftp upload conf/ {to}": IN_FULL for to in ("full", "full/")},
    "sftp upload dl/ dir": {f"dir/{name}": text for name, text in LINKED_FOLDER.items()},
    "sftp upload dl dir": {"dir/dl": "0755 /", **{f"dir/dl/{name}": text for name, text in LINKED_FOLDER.items()}},
    # A pattern is filled in where Packer takes it for the name of a folder here.
    **{
        f"{method} download conf/*.txt dir/": {"dir/a.txt": "0640 A", "dir/ro.txt": "0440 R"}
        for method in ("scp", "sftp")
    },
    **{f"{method} download a.tx? dir/": {"dir/a.txt": "0640 A"} for method in ("scp", "sftp")},
}
"""What is done otherwise, and on purpose: each case is in docs/provisioners.md."""


def make(path: Path, text: str, mode: int) -> None:
    """Write a file with a mode, and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)


def sources(root: Path) -> None:
    """Make what is sent: files, folders and links of all kinds."""
    for folder in (root, root / "conf"):
        for name, text, mode in (
            ("a.txt", "A", 0o664),
            ("ro.txt", "R", 0o444),
            ("run.sh", "X", 0o755),
            ("key", "K", 0o600),
        ):
            make(folder / name, text, mode)
    make(root / "conf/sub/b.txt", "B", 0o644)
    (root / "conf/empty").mkdir()
    for name, target in (("to-a", "a.txt"), ("to-conf", "conf")):
        (root / name).symlink_to(target)
    make(root / "one/f", "F", 0o644)
    (root / "none").mkdir()
    for folder, mode in (("fl", 0o755), ("fk", 0o600)):
        make(root / folder / "target", "T", mode)
        (root / folder / "link").symlink_to("target")
    make(root / "dl/real/f", "F", 0o644)
    (root / "dl/link").symlink_to("real")
    make(root / "rodir/in/f", "F", 0o644)
    make(root / "nl/f", "F", 0o644)
    (root / "nl/gone").symlink_to("nowhere")
    modes = {"conf/empty": 0o777, "conf/sub": 0o700, "conf": 0o775, "dl/real": 0o750, "rodir/in": 0o555}
    for name in ("one", "none", "fl", "fk", "dl", "rodir", "nl"):
        (root / name).chmod(0o755)
    for name, mode in modes.items():
        (root / name).chmod(mode)


def places(root: Path) -> None:
    """Make what is there before: a folder, files, links to both, and folders where the names are taken."""
    make(root / "dir/keep", "k", 0o644)
    make(root / "old", "o", 0o600)
    make(root / "oldx", "o", 0o751)
    for name, target in (("to-dir", "dir"), ("to-old", "old"), ("dangling", "later")):
        (root / name).symlink_to(target)
    for name in ("conf/a.txt", "a.txt", "ro.txt"):
        make(root / "full" / name, "o", 0o600)
    make(root / "full/real", "o", 0o640)
    (root / "full/key").symlink_to("real")
    (root / "full/elsewhere").mkdir()
    (root / "full/sub").symlink_to("elsewhere")
    (root / "full/empty").mkdir()
    make(root / "clash/sub", "file", 0o644)
    (root / "clash2/a.txt").mkdir(parents=True)
    modes = {"dir": 0o750, "full/conf": 0o711, "full/elsewhere": 0o751, "full/empty": 0o711, "full": 0o755}
    for name, mode in {**modes, "clash": 0o755, "clash2": 0o755, "clash2/a.txt": 0o755}.items():
        (root / name).chmod(mode)


def snapshot(root: Path) -> dict[str, str]:
    """Return what is below a folder: mode and text of a file, mode of a folder, target of a link."""
    found = {}
    for path in root.rglob("*"):
        mode = path.lstat().st_mode
        bits = f"{stat.S_IMODE(mode):04o}"
        text = (
            f"-> {path.readlink()}"
            if path.is_symlink()
            else f"{bits} /"
            if path.is_dir()
            else f"{bits} {path.read_text()}"
        )
        found[str(path.relative_to(root))] = text
    return found


@pytest.fixture(scope="module")
def machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, SshMachine]]:
    """One OpenSSH server whose sessions have umask 027, and a machine on it for each way to send files."""
    pair = generate()
    before = os.umask(UMASK)
    try:
        server = Sshd(tmp_path_factory.mktemp("sshd"))
        server.allow(pair)
        server.start()
    finally:
        os.umask(before)
    made = {}
    try:
        for method in ("scp", "sftp"):
            options = CommunicatorOptions(
                ssh_port=server.port, ssh_username=server.user, ssh_timeout="20s", ssh_file_transfer_method=method
            )
            made[method] = SshMachine.connect(
                options, "127.0.0.1", private_keys=[pair.private], interruption=Interruption()
            )
        yield made
    finally:
        for machine in made.values():
            machine.close()
        server.stop()


class Case:
    """A folder here and one on the machine, one with the sources, the other with the places that they go to."""

    def __init__(self, folder: Path, machine: SshMachine, direction: str) -> None:
        self.folder, self.machine, self.direction = folder, machine, direction
        self.here, self.there = folder / "here", folder / "there"
        for side in (self.here, self.there):
            side.mkdir()
            side.chmod(0o755)
        sources(self.here if direction == "upload" else self.there)
        self.target = self.there if direction == "upload" else self.here
        places(self.target)

    def run(self, source: str, destination: str, **options: Any) -> dict[str, str]:
        """Run the provisioner, and return what is new or different afterwards."""
        uploads = self.direction == "upload"
        raw = {
            "type": "file",
            "direction": self.direction,
            "destination": f"{self.there}/{destination}" if uploads else destination,
            **(
                {"content": "C"} if source == "CONTENT" else {"source": source if uploads else f"{self.there}/{source}"}
            ),
            **options,
        }
        before = snapshot(self.target)
        provisioners, faults = parse([raw], self.here, "provisioners")
        if faults:
            raise SettingsError("; ".join(map(str, faults)))
        with BuildLog(self.folder / "log") as log:
            run_all(provisioners, self.machine, RunContext(log, self.machine.interruption, self.here))
        after = snapshot(self.target)
        return {name: text for name, text in after.items() if before.get(name) != text}


@pytest.fixture
def case(machines, tmp_path: Path) -> Iterator[Any]:
    """Make cases; umask 027 here too."""
    before = os.umask(UMASK)
    yield lambda method, direction: Case(tmp_path, machines[method], direction)
    os.umask(before)
    for folder in tmp_path.rglob("in"):
        folder.chmod(0o755)
    shutil.rmtree(tmp_path)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: " ".join(map(str, list(row.values())[:4])))
def test_files_go_where_packer_puts_them(case, row: dict[str, Any]) -> None:
    """Names, contents and modes are those that Packer left; where Packer failed, the step fails."""
    method, direction, source, destination = (row[key] for key in ("method", "direction", "source", "destination"))
    expected = DIFFERENT.get(f"{method} {direction} {source} {destination}", row.get("changed"))
    transfer = case(method, direction)
    if expected is None:
        with pytest.raises((ProvisionerFailed, SettingsError)):
            transfer.run(source, destination)
    else:
        assert transfer.run(source, destination) == expected


def test_the_page_tells_what_is_done() -> None:
    """Each row of the table in docs/provisioners.md says where a.txt arrives, and marks what Packer does otherwise."""
    recorded = {" ".join(list(row.values())[:4]): row.get("changed") for row in ROWS}
    rows = [
        line.replace("`", "").strip("| ").split(" | ")
        for line in (Path(__file__).parents[3] / "docs/provisioners.md").read_text().splitlines()
        if line.startswith(("| upload |", "| download |"))
    ]
    assert len(rows) > 50
    for *which, scp, sftp in rows:
        for method, cell in (("scp", scp), ("sftp", sftp)):
            name = " ".join([method, *which])
            done = DIFFERENT.get(name, recorded[name])
            arrives = "fails" if done is None else next(path for path, text in done.items() if text.endswith(" A"))
            assert cell == arrives + (" †" if name in DIFFERENT else ""), name


def test_differences_are_differences() -> None:
    """Each case that is done otherwise was recorded, and with another outcome."""
    recorded = {" ".join(list(row.values())[:4]): row.get("changed") for row in ROWS}
    assert all(name in recorded and recorded[name] != expected for name, expected in DIFFERENT.items())


@pytest.mark.parametrize("method", ["scp", "sftp"])
def test_a_mode_that_is_asked_for_is_given(case, method: str) -> None:
    """`mode` is neither changed by the umask nor by what was there; folders can be entered by those who may read."""
    transfer = case(method, "upload")
    assert transfer.run("key", "oldx", mode="0664") == {"oldx": "0664 K"}
    assert transfer.run("CONTENT", "new", mode="0666") == {"new": "0666 C"}
    found = transfer.run("conf", "full", mode="0640")
    assert {found[f"full/conf/{name}"] for name in ("a.txt", "sub/b.txt", "ro.txt")} == {"0640 A", "0640 B", "0640 R"}
    assert found["full/conf/sub"] == "0750 /"


def test_an_owner_gets_what_is_written(case) -> None:
    """With `owner` the rules are the same, and what is new or written is given to it; folders that exist are not."""
    transfer = case("scp", "upload")
    assert transfer.run("conf", "full", owner="1234:1235")["full/conf/a.txt"] == "0600 A"
    assert transfer.run("a.txt", "dir/", owner="1234") == {"dir/a.txt": "0640 A"}
    owners = {
        name: (transfer.there / name).stat() for name in ("full/conf", "full/conf/a.txt", "full/conf/sub", "dir/a.txt")
    }
    assert {name: (found.st_uid, found.st_gid) for name, found in owners.items()} == {
        "full/conf": (os.getuid(), os.getgid()),
        "full/conf/a.txt": (1234, 1235),
        "full/conf/sub": (1234, 1235),
        "dir/a.txt": (1234, os.getgid()),
    }
