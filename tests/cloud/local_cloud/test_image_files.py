"""Files given to `image add` are hostile: nothing of the host is read or written, and every refusal is one line."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.cloud

SECRET = "a secret of the host\n"


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "", mode: int = 0o644, **pax: str) -> tarfile.TarInfo:
    """A member of a tar that holds nothing, or a link; `pax` are attributes in a header of their own."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.mode, info.pax_headers = kind, link, mode, pax
    return info


def write_tar(path: Path, *members: tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]) -> Path:
    """A tar of these members at `path`."""
    with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as archive:
        for one in members:
            info, content = one if isinstance(one, tuple) else (one, b"")
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return path


@pytest.fixture
def add(api) -> Callable[[Path], tuple[int, dict[str, Any]]]:
    """Imports a file as `image add` does; returns the status and the reply."""

    def import_file(file: Path) -> tuple[int, dict[str, Any]]:
        url = api.local.url.removesuffix("/v1") + "/_local/images"
        reply = api.session.post(url, json={"name": "mine", "file": str(file)}, timeout=60)
        return reply.status_code, reply.json()

    return import_file


@pytest.fixture
def refused(api, add) -> Callable[[Path], str]:
    """The one line with which a file is refused, after a look at what is left of it: nothing."""

    def check(file: Path) -> str:
        images = Path(api.local.local("GET", "health")["home"]) / "images"
        before = sorted(images.iterdir())
        status, answer = add(file)
        assert status == 400, answer
        assert "\n" not in answer["message"]
        assert sorted(images.iterdir()) == before
        return answer["message"]

    return check


def hostile_tars(victim: Path) -> dict[str, list[tarfile.TarInfo | tuple[tarfile.TarInfo, bytes]]]:
    """Tars that would write or read `victim`, or leave their root in another way."""
    outside, up = str(victim), "../" * 12
    return {
        "hard link outside, then a file of its name": [
            member("srv/a", tarfile.LNKTYPE, outside),
            (member("srv/a"), b"overwritten"),
        ],
        "relative hard link outside": [member("srv/a", tarfile.LNKTYPE, f"srv/{up}{outside}", 0o644)],
        "hard link through a symlink": [
            member("srv/up", tarfile.SYMTYPE, str(victim.parent)),
            member("srv/a", tarfile.LNKTYPE, f"srv/up/{victim.name}"),
        ],
        "file through a symlink": [
            member("srv/up", tarfile.SYMTYPE, str(victim.parent)),
            (member(f"srv/up/{victim.name}"), b"overwritten"),
        ],
        "folder through a symlink": [
            member("srv/up", tarfile.SYMTYPE, str(victim.parent)),
            member("srv/up/new", tarfile.DIRTYPE),
        ],
        "a folder that becomes a symlink": [
            member("srv/up", tarfile.DIRTYPE),
            member("srv/up", tarfile.SYMTYPE, str(victim.parent)),
            (member(f"srv/up/{victim.name}"), b"overwritten"),
        ],
        "a top folder that is a symlink": [member("srv", tarfile.SYMTYPE, str(victim.parent))],
        "a top folder that is a file": [(member("srv"), b"x")],
        "absolute name": [(member(outside), b"overwritten")],
        "name that goes up": [(member(f"srv/{up}{outside}"), b"overwritten")],
        "block device": [member("srv/disk", tarfile.BLKTYPE)],
        "character device": [member("srv/null", tarfile.CHRTYPE)],
        "pipe": [member("srv/pipe", tarfile.FIFOTYPE)],
        "another folder": [(member("etc/passwd"), b"x")],
        "name with a null byte": [(member("srv/a", path="srv/a\0b"), b"x")],
        "deep tree": [(member("srv/" + "d/" * 3000 + "file"), b"x")],
        "long name": [(member("srv/" + "n" * 5000), b"x")],
        "name changed by a header": [(member("srv/a", path=outside), b"overwritten")],
        "link changed by a header": [member("srv/a", tarfile.LNKTYPE, "srv/b", linkpath=outside)],
        "negative size": [(member("srv/a", size="-1024"), b"x")],
        "hard link to itself": [member("srv/a", tarfile.LNKTYPE, "srv/a")],
    }


@pytest.mark.parametrize("name", hostile_tars(Path("/x")))
def test_a_tar_does_not_leave_its_root(refused, tmp_path, name) -> None:
    """Links, devices, absolute names, names that go up: one line, and the file of the host is as it was."""
    victim = tmp_path / "victims" / "victim"
    victim.parent.mkdir()
    victim.write_text(SECRET)
    victim.chmod(0o600)
    refused(write_tar(tmp_path / "image.tar", *hostile_tars(victim)[name]))
    assert victim.read_text() == SECRET
    assert victim.stat().st_mode & 0o777 == 0o600
    assert victim.stat().st_nlink == 1
    assert list(victim.parent.iterdir()) == [victim]


def test_an_honest_tar_is_unpacked_whole(api, add, tmp_path, key, ssh) -> None:
    """Links inside the tree, absolute symlinks, modes, closed folders and later versions of a file are all there."""
    tar = write_tar(
        tmp_path / "image.tar",
        member("./srv/", tarfile.DIRTYPE),
        member("srv/closed", tarfile.DIRTYPE, mode=0o500),
        (member("srv/closed/tool", mode=0o4755), b"#!/bin/sh\necho tool\n"),
        (member("srv/old"), b"first"),
        (member("srv/old"), b"second"),
        member("srv/twin", tarfile.LNKTYPE, "srv/closed/tool"),
        member("srv/absolute", tarfile.SYMTYPE, "/srv/old"),
        (member("opt/a/b/c"), b"deep"),
    )
    status, answer = add(tar)
    assert status == 200, answer
    vm = api.vm(image="mine", sshKeys=[key.public])

    def run(command: str) -> str:
        return ssh(api.address(vm), api.local.ssh_port, command)

    assert run("/srv/twin; cat /srv/absolute /opt/a/b/c") == "tool\nseconddeep"
    assert run("stat -c %a /srv/closed /srv/closed/tool; stat -c %h /srv/twin") == "500\n755\n2"


@pytest.mark.parametrize("command", [["gzip"], ["bzip2"], ["xz"]])
def test_compressed_tars_are_tars(add, tmp_path, command) -> None:
    """Compressed by gzip, bzip2 and xz."""
    tar = write_tar(tmp_path / "image.tar", (member("srv/a"), b"x"))
    subprocess.run([*command, tar], check=True)
    (packed,) = tmp_path.glob("image.tar.*")
    status, answer = add(packed)
    assert (status, answer.get("kind")) == (200, "sandbox"), answer


def test_a_tar_with_a_damaged_header_is_refused(refused, tmp_path) -> None:
    """Not taken for a tar that ends there."""
    tar = write_tar(tmp_path / "image.tar", *[(member(f"srv/{name}"), b"x") for name in "abc"])
    refused(patched(tar, 1024, b"?"))


@pytest.mark.parametrize("cut", [700, 1500])
def test_a_tar_that_ends_too_early_is_refused(refused, tmp_path, cut) -> None:
    """Cut inside a file's content, or inside a compressed stream."""
    tar = write_tar(tmp_path / "image.tar", (member("srv/a"), os.urandom(4096)))
    tar.write_bytes(tar.read_bytes()[:cut])
    assert "image.tar" in refused(tar) or "srv/a" in refused(tar)
    subprocess.run(["gzip", write_tar(tar, (member("srv/a"), os.urandom(4096)))], check=True)
    packed = tmp_path / "image.tar.gz"
    packed.write_bytes(packed.read_bytes()[: cut * 2])
    refused(packed)


def test_a_tar_larger_than_the_free_space_is_refused(refused, tmp_path) -> None:
    """A small file that claims to hold 8 EiB is refused before it is unpacked."""
    info = member("srv/huge")
    info.size = 1 << 62
    (tmp_path / "image.tar").write_bytes(info.tobuf(tarfile.GNU_FORMAT) + b"x" * 4096)
    assert "space" in refused(tmp_path / "image.tar")


def disk(path: Path, form: str, *options: str) -> Path:
    """An empty disk of 1 MiB made by qemu-img."""
    subprocess.run(["qemu-img", "create", "-q", "-f", form, *options, path, "1M"], check=True)
    return path


def patched(path: Path, offset: int, content: bytes) -> Path:
    """A file with some bytes replaced."""
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(content)
    return path


def hostile_disk(name: str, folder: Path, victim: Path) -> Path:
    """A disk file that has QEMU open `victim`."""
    path = folder / "disk"
    if name == "qcow2 with a backing file":
        return disk(path, "qcow2", "-b", str(victim), "-F", "raw", "-u")
    if name == "qcow2 with a backing file in JSON":
        shown = f'json:{{"driver":"raw","file":{{"driver":"file","filename":"{victim}"}}}}'
        return disk(path, "qcow2", "-b", shown, "-F", "raw", "-u")
    if name == "qcow2 with a data file":
        return disk(path, "qcow2", "-o", f"data_file={victim},data_file_raw=on")
    descriptor = "# Disk DescriptorFile\nversion=1\nCID=1\nparentCID=ffffffff\n"
    descriptor += f'createType="monolithicFlat"\nRW 8 FLAT "{victim}" 0\n'
    if name == "vmdk with a flat extent":
        path.write_text(descriptor)
        return path
    if name == "vmdk with a hidden descriptor":
        whole = disk(path, "vmdk", "-o", "subformat=monolithicSparse")
        return patched(patched(whole, 12, bytes(8)), 512, descriptor.encode().ljust(1024, b"\0"))
    assert name == "vmdk with a parent"
    whole = disk(path, "vmdk", "-o", "subformat=monolithicSparse")
    text = whole.read_bytes()[512:1536].rstrip(b"\0").replace(b"parentCID=ffffffff", b"parentCID=00000001")
    parent = f'parentFileNameHint="{victim}"\n'.encode()
    return patched(whole, 512, text.replace(b"createType", parent + b"createType").ljust(1024, b"\0"))


@pytest.mark.parametrize(
    "name",
    [
        "qcow2 with a backing file",
        "qcow2 with a backing file in JSON",
        "qcow2 with a data file",
        "vmdk with a flat extent",
        "vmdk with a hidden descriptor",
        "vmdk with a parent",
    ],
)
def test_a_disk_file_that_refers_to_others_is_refused(refused, tmp_path, name) -> None:
    """Backing files, data files, extents and parents: QEMU never reads what a disk file names."""
    victim = tmp_path / "victim"
    victim.write_bytes(b"a secret of the host".ljust(1 << 20, b"\0"))
    assert "refers to another file" in refused(hostile_disk(name, tmp_path, victim))


def test_a_huge_disk_and_an_encrypted_one_are_refused(refused, tmp_path) -> None:
    """More than 65536 GiB; and what needs a key."""
    huge = patched(disk(tmp_path / "huge", "qcow2"), 24, (1 << 57).to_bytes(8, "big"))
    refused(huge)
    secret = [
        "--object",
        "secret,id=key,data=x",
        "-o",
        "encrypt.format=luks,encrypt.key-secret=key,encrypt.iter-time=10",
    ]
    assert "encrypted" in refused(disk(tmp_path / "closed", "qcow2", *secret))


def partitioned(path: Path) -> Path:
    """A raw disk with one partition in a DOS table."""
    content = bytearray(1 << 20)
    content[446:462] = struct.pack("<B3sB3sII", 0x80, b"\0" * 3, 0x83, b"\0" * 3, 64, 1024)
    content[510:512] = b"\x55\xaa"
    path.write_bytes(content)
    return path


def file_system(path: Path) -> Path:
    """A raw disk that is one ext4 file system, without partitions."""
    with path.open("wb") as file:
        file.truncate(8 << 20)
    subprocess.run(["mke2fs", "-q", "-t", "ext4", path], check=True, capture_output=True)
    return path


@pytest.mark.parametrize("form", ["qcow2", "vmdk", "vhdx", "vpc", "vdi", "partitions", "file system"])
def test_a_disk_is_known_by_its_content(add, tmp_path, form) -> None:
    """Every format, raw disks with partitions, and a whole-disk file system, which is no empty tar."""
    made = {"partitions": partitioned, "file system": file_system}
    path = tmp_path / "anything.tar"
    file = made[form](path) if form in made else disk(path, form)
    status, answer = add(file)
    assert (status, answer.get("kind")) == (200, "vm"), answer


def test_what_is_neither_disk_nor_tar_is_refused(refused, tmp_path) -> None:
    """Files of the host, zeros, text, an empty tar, an unknown disk format, folders and pipes."""
    (tmp_path / "zeros").write_bytes(bytes(1 << 20))
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "qed").write_bytes(b"QED\0" + bytes(1 << 16))
    os.mkfifo(tmp_path / "pipe")
    for path in [
        Path("/etc/passwd"),
        Path("/proc/self/environ"),
        *(tmp_path / name for name in ("zeros", "empty", "qed")),
    ]:
        assert "neither a disk" in refused(path), path
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null"), tmp_path / "missing", tmp_path / ("n" * 300)):
        refused(path)
