"""Uploads and downloads over a real sshd, by every method, plain and as root."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tarfile
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.errors import ConnectionLost, DeadlineExceeded, Interrupted, TransferFailed

pytestmark = pytest.mark.cloud

METHODS = ["scp", "sftp"]
HOSTILE = ["plain", "a b", "it's", '"q"', "$HOME", "`id`", "new\nline", "é", "-dash", "*", "back\\slash", "\udcff"]


@pytest.fixture(params=METHODS)
def by_method(request, sshd, connect):
    """A machine for each file transfer method."""
    return connect(sshd, ssh_file_transfer_method=request.param)


def mode_of(path: Path) -> int:
    """Return the permission bits."""
    return stat.S_IMODE(path.stat().st_mode)


def snapshot(folder: Path) -> dict[str, object]:
    """Return names, modes and contents below a folder."""
    return {
        str(path.relative_to(folder)): (mode_of(path), path.read_bytes() if path.is_file() else None)
        for parent, folders, files in os.walk(folder, followlinks=True)
        for path in (Path(parent) / name for name in folders + files)
    }


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with sub-folders, modes, an empty folder, a long name, links and an executable."""
    root = tmp_path / "tree"
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "empty").mkdir(mode=0o700)
    (root / "a.txt").write_bytes(b"A" * 5)
    (root / "sub" / "run.sh").write_bytes(b"#!/bin/sh\n")
    (root / "sub" / "run.sh").chmod(0o755)
    (root / "sub" / "deep" / ("n" * 150)).write_bytes(os.urandom(3_000_000))
    (root / "zz").write_bytes(b"")
    (root / "link").symlink_to("a.txt")
    (root / "link-folder").symlink_to("sub")
    (root / "closed \udcff").mkdir()
    (root / "closed \udcff" / "\udcff").write_bytes(b"x")
    (root / "closed \udcff").chmod(0o555)
    return root


def test_file_there_and_back(by_method, tmp_path: Path) -> None:
    """Bytes arrive unchanged with the mode of the local file, or the one that is asked for."""
    local = tmp_path / "local"
    local.write_bytes(os.urandom(2_345_678))
    local.chmod(0o700)
    by_method.upload(local, f"{tmp_path}/remote")
    assert ((tmp_path / "remote").read_bytes(), mode_of(tmp_path / "remote")) == (local.read_bytes(), 0o700)
    by_method.upload(b"", f"{tmp_path}/remote", mode=0o660)
    assert ((tmp_path / "remote").read_bytes(), mode_of(tmp_path / "remote")) == (b"", 0o660)
    by_method.download(str(local), tmp_path / "new" / "back")
    assert (tmp_path / "new" / "back").read_bytes() == local.read_bytes()
    assert list((tmp_path / "new").iterdir()) == [tmp_path / "new" / "back"]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names(by_method, tmp_path: Path, name: str) -> None:
    """Names with anything in them are names, never code."""
    by_method.upload(b"x", f"{tmp_path}/{name}")
    assert (tmp_path / name).read_bytes() == b"x"
    by_method.download(f"{tmp_path}/{name}", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == b"x"
    folder = tmp_path / "from"
    folder.mkdir()
    (folder / name).write_bytes(b"y")
    (folder / f"in {name}").mkdir()
    (folder / f"in {name}" / name).write_bytes(b"z")
    for _ in ("new", "over what is there"):
        by_method.upload_tree(folder, f"{tmp_path}/into {name}")
        assert {text for _, text in snapshot(tmp_path / f"into {name}").values()} == {b"y", b"z", None}
        assert (tmp_path / f"into {name}" / f"in {name}" / name).read_bytes() == b"z"


def test_tree_there_and_back(by_method, tree: Path, tmp_path: Path) -> None:
    """A tree arrives with names, modes and contents, links followed, into a folder that is made; and comes back."""
    by_method.upload_tree(tree, f"{tmp_path}/made")
    assert snapshot(tmp_path / "made") == snapshot(tree)
    by_method.upload_tree(tree, f"{tmp_path}/made")
    assert snapshot(tmp_path / "made") == snapshot(tree)
    by_method.download_tree(f"{tmp_path}/made", tmp_path / "back")
    assert snapshot(tmp_path / "back" / "made") == snapshot(tree)


def test_tree_mode(machine, tree: Path, tmp_path: Path) -> None:
    """`mode` is that of files; folders can be entered by those who may read."""
    machine.upload_tree(tree, f"{tmp_path}/out", mode=0o640)
    assert (mode_of(tmp_path / "out" / "a.txt"), mode_of(tmp_path / "out" / "sub")) == (0o640, 0o750)


def test_tree_without_tar(make_sshd, connect, tree: Path, tmp_path: Path) -> None:
    """A machine that has no tar gets the files one by one."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "cat", "chmod", "mkdir", "id", "systemctl", "sysctl", "mktemp", "stat", "rm", "chown"):
        (tools / name).symlink_to(f"/usr/bin/{name}")
    machine = connect(make_sshd(f"SetEnv PATH={tools}"))
    assert machine.run("command -v tar", timeout=10).exit_code != 0
    for _ in ("new", "over what is there"):
        machine.upload_tree(tree, f"{tmp_path}/out")
        assert snapshot(tmp_path / "out") == snapshot(tree)
    with pytest.raises(TransferFailed, match="tar is not installed on the machine"):
        machine.download_tree(f"{tmp_path}/out", tmp_path / "back")


def test_a_broken_line_leaves_old_files_whole(machine, sshd, tmp_path: Path) -> None:
    """Files that exist are only written when all of them have arrived."""
    for folder, text in (("from", b"new"), ("to", b"old")):
        (tmp_path / folder).mkdir()
        for number in range(3):
            (tmp_path / folder / str(number)).write_bytes(text)
    with (tmp_path / "from" / "2").open("wb") as file:
        file.truncate(4_000_000_000)
    threading.Timer(0.6, sshd.cut).start()
    with pytest.raises(ConnectionLost):
        machine.upload_tree(tmp_path / "from", f"{tmp_path}/to")
    assert {path.read_bytes() for path in (tmp_path / "to").iterdir()} == {b"old"}


def test_nobody_reads_a_private_file_on_its_way(by_method, tmp_path: Path) -> None:
    """A file is never open to more users than it is in the end, be it new or there before."""
    local, box, seen = tmp_path / "local", tmp_path / "box", set()
    local.write_bytes(bytes(20_000_000))
    local.chmod(0o600)
    box.mkdir()
    by_method.moved = lambda _: seen.update(map(mode_of, box.iterdir()))
    by_method.upload(local, f"{box}/file")
    (box / "file").chmod(0o644)
    by_method.upload(local, f"{box}/file", mode=0o600)
    assert (seen, mode_of(box / "file")) == ({0o600}, 0o600)


def test_home_paths(machine, sshd) -> None:
    """`~/` and relative names are in the login user's home folder."""
    name = f"hyperone-test-{os.getpid()}"
    try:
        machine.upload(b"1", f"~/{name}")
        assert (sshd.home / name).read_bytes() == b"1"
        machine.upload(b"2", name)
        assert (sshd.home / name).read_bytes() == b"2"
    finally:
        (sshd.home / name).unlink()


def test_failures_name_the_place(by_method, tmp_path: Path) -> None:
    """What cannot be written or read fails with the machine's words; nothing is left behind here."""
    with pytest.raises(TransferFailed, match="/nowhere/deep"):
        by_method.upload(b"x" * 10_000_000, "/nowhere/deep/x")
    with pytest.raises(TransferFailed):
        by_method.download("/nowhere/x", tmp_path / "y")
    assert list(tmp_path.glob("*y*")) == []
    with pytest.raises(TransferFailed, match="missing"):
        by_method.upload(tmp_path / "missing", f"{tmp_path}/z")


def test_a_full_disk_is_a_failure(by_method, tmp_path: Path) -> None:
    """What the machine could not write is told by every method, of a short file as of a long one."""
    for name, size in (("short", 5), ("long", 5_000_000)):
        local, remote = tmp_path / name, tmp_path / f"remote-{name}"
        local.mkdir()
        remote.mkdir()
        (tmp_path / f"{name}.txt").write_bytes(b"A" * size)
        (local / "link").symlink_to(tmp_path / f"{name}.txt")
        (remote / "link").symlink_to("/dev/full")
        with pytest.raises(TransferFailed, match=r"No space left|failed: Failure"):
            by_method.upload_tree(local, str(remote))


def test_folder_is_no_file(machine, tmp_path: Path) -> None:
    """A file does not go in the place of a folder."""
    with pytest.raises(TransferFailed, match="is a folder"):
        machine.upload(b"x", str(tmp_path))


def test_tree_that_cannot_be_read(machine, tmp_path: Path) -> None:
    """A link to nowhere, or to a folder above, is an error that names it."""
    (tmp_path / "t").mkdir()
    (tmp_path / "t" / "gone").symlink_to("nowhere")
    with pytest.raises(TransferFailed, match="gone points nowhere"):
        machine.upload_tree(tmp_path / "t", f"{tmp_path}/out")
    (tmp_path / "t" / "gone").unlink()
    (tmp_path / "t" / "up").symlink_to("..")
    with pytest.raises(TransferFailed, match=r"up.* is a link to a folder that contains it"):
        machine.upload_tree(tmp_path / "t", f"{tmp_path}/out2")


def test_two_downloads_to_one_place_do_not_disturb_each_other(connect, sshd, tmp_path: Path) -> None:
    """Images of one stack run the same provisioners at the same time: both end well, and the last one's file stays."""
    pipes = [tmp_path / name for name in "ab"]
    for pipe in pipes:
        os.mkfifo(pipe)
    machines = [connect(sshd) for _ in pipes]
    with ThreadPoolExecutor(2) as pool:
        running = [
            pool.submit(machine.download, str(pipe), tmp_path / "there")
            for machine, pipe in zip(machines, pipes, strict=True)
        ]
        # They open when both downloads have begun.
        with pipes[0].open("w") as one, pipes[1].open("w") as other:
            one.write("a" * 1000)
            other.write("b" * 1000)
        for download in running:
            download.result(20)
    assert (tmp_path / "there").read_text() in ("a" * 1000, "b" * 1000)


DOWNLOAD = """
import subprocess
import sys
from pathlib import Path

from pulumi_hyperone.provider.ssh.download import download_tree
from pulumi_hyperone.provider.ssh.remote_shell import RemoteShell


class ThisComputer(RemoteShell):
    def stream(self, command, **streams):
        done = subprocess.run(command, shell=True, stdout=subprocess.PIPE)
        streams["on_stdout"](done.stdout)
        return done.returncode

    def as_root(self, command):
        return command

    def remote_path(self, path):
        return path


download_tree(ThisComputer(), sys.argv[1], Path(sys.argv[2]), timeout=60)
"""
LIKE_A_USER = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
"""Lets root write only what the modes allow, as everybody else."""


def test_who_is_not_root_downloads_files_that_nobody_may_write(tmp_path: Path) -> None:
    """A read-only file is filled before it becomes that; it was made read-only first, and could not be opened again."""
    source = tmp_path / "source"
    (source / "closed").mkdir(parents=True)
    for name, mode in (("a", 0o444), ("closed/b", 0o400), ("closed/empty", 0o440)):
        (source / name).write_text("x" if mode != 0o440 else "")
        (source / name).chmod(mode)
    (source / "closed").chmod(0o555)
    prefix = LIKE_A_USER if os.geteuid() == 0 else []
    subprocess.run([*prefix, sys.executable, "-c", DOWNLOAD, f"{source}/", tmp_path / "there"], check=True)
    assert snapshot(tmp_path / "there" / "source") == snapshot(source)


def test_unpacking_never_leaves_the_folder(make_sshd, connect, tmp_path: Path) -> None:
    """A machine that sends names leading out of the folder is refused."""
    evil = tmp_path / "bin" / "tar"
    evil.parent.mkdir()
    (tmp_path / "x").write_text("evil")
    evil.write_text(f"#!/bin/sh\nexec /usr/bin/tar -cf - -P --transform 's,^,../../,' -C {tmp_path} x\n")
    evil.chmod(0o755)
    machine = connect(make_sshd(f"SetEnv PATH={evil.parent}:/usr/bin"))
    with pytest.raises(TransferFailed, match="outside"):
        machine.download_tree("/tmp", tmp_path / "a" / "b")
    assert not (tmp_path.parent / "x").exists()


def test_an_archive_with_an_impossible_name_is_refused(make_sshd, connect, tmp_path: Path) -> None:
    """Whatever a machine's tar sends, what could not be unpacked is told, not taken for a download."""
    member = tarfile.TarInfo("a")
    member.pax_headers = {"path": "a\0b"}
    archive = member.tobuf(tarfile.PAX_FORMAT) + bytes(1024)
    (tmp_path / "archive").write_bytes(archive)
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "tar").write_text(f"#!/bin/sh\ncat {tmp_path}/archive\n")
    (tools / "tar").chmod(0o755)
    machine = connect(make_sshd(f"SetEnv PATH={tools}:/usr/bin:/bin"))
    with pytest.raises(TransferFailed, match=r"download of .* failed: .*null"):
        machine.download_tree("/etc", tmp_path / "out")


def test_cut_and_interrupted_transfers(by_method, sshd, tmp_path: Path, interruption) -> None:
    """A transfer that loses its connection, or is interrupted, ends at once with the right error."""
    big, target = tmp_path / "big", tmp_path / "target"
    with big.open("wb") as file:
        file.truncate(4_000_000_000)
    threading.Timer(0.4, sshd.cut).start()
    with pytest.raises(ConnectionLost):
        by_method.upload(big, str(target))
    by_method.reconnect()
    threading.Timer(0.4, interruption.set, ["stop"]).start()
    with pytest.raises(Interrupted):
        by_method.upload(big, str(target))
    target.unlink()


def test_a_transfer_by_sftp_ends_with_its_time(sshd, connect, tmp_path: Path) -> None:
    """A machine that stops in the middle, or before it, holds it no longer than the provisioner's timeout."""
    machine = connect(sshd, ssh_file_transfer_method="sftp", ssh_keep_alive_interval="30s")
    machine.moved = lambda _: sshd.freeze()
    for what in (bytes(16 * 2**20), b"x"):
        with pytest.raises(DeadlineExceeded, match=rf"the upload to {tmp_path}/remote did not end within 1 s"):
            machine.upload(what, f"{tmp_path}/remote", timeout=1.0)


def test_bulk_packets_are_what_paramiko_would_send() -> None:
    """The batched packets are, byte for byte after decryption, those of paramiko."""
    import paramiko
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    from pulumi_hyperone.provider.ssh.packets import BulkPacketizer

    class Sink:
        def __init__(self) -> None:
            self.data = b""

        def send(self, data: bytes) -> int:
            self.data += data
            return len(data)

    def opened(data: bytes) -> list[bytes]:
        found, counter = [], 5
        while data:
            size = int.from_bytes(data[:4])
            plain = engine.decrypt(b"abcd" + counter.to_bytes(8), data[4 : 4 + size + 16], data[:4])
            found.append(plain[1 : size - plain[0]])
            data, counter = data[4 + size + 16 :], counter + 1
        return found

    engine = AESGCM(b"k" * 16)
    pieces = [b"x" * 32704, b"", b"y", b"z" * 17]
    results = []
    for batched in (True, False):
        sink = Sink()
        packetizer = BulkPacketizer(sink)
        packetizer.set_outbound_cipher(engine, 16, None, 16, None, aead=True, iv_out=b"abcd" + (5).to_bytes(8))
        if batched:
            packetizer.send_data(7, [memoryview(piece) for piece in pieces])
        else:
            for piece in pieces:
                message = paramiko.Message()
                message.add_byte(paramiko.common.cMSG_CHANNEL_DATA)
                message.add_int(7)
                message.add_string(piece)
                packetizer.send_message(message)
        results.append((opened(sink.data), len(sink.data), packetizer._Packetizer__sequence_number_out))
    assert results[0] == results[1]


def test_new_keys_in_the_middle_of_a_transfer(machine, tmp_path: Path) -> None:
    """Keys may be negotiated anew while bulk data flows."""
    transport = machine._connection.transport
    transport.packetizer.REKEY_BYTES = 3_000_000
    data = os.urandom(20_000_000)
    machine.upload(data, str(tmp_path / "data"))
    machine.download(str(tmp_path / "data"), tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == data


def test_forget_key(make_sshd, connect, key, tmp_path: Path, monkeypatch) -> None:
    """The build's key leaves authorized_keys, the others and the file's mode stay, and the session goes on."""
    from pulumi_hyperone.provider.ssh.image_steps import _FORGET, forget_key
    from pulumi_hyperone.provider.ssh.keys import generate
    from pulumi_hyperone.provider.ssh.shell_text import script

    machine = connect(make_sshd())
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    other = generate().public
    keys = home / ".ssh" / "authorized_keys"
    keys.write_text(f"{other}\n{key.public} comment\n")
    keys.chmod(0o640)
    machine.run(f"HOME={home} {script(_FORGET, key.public.split()[1])}", timeout=10, check=True)
    assert (keys.read_text(), mode_of(keys)) == (f"{other}\n", 0o640)
    keys.write_text(f"{key.public}\n")
    machine.run(f"HOME={home} {script(_FORGET, key.public.split()[1])}", timeout=10, check=True)
    assert keys.read_text() == ""
    forget_key(machine, generate().public)
