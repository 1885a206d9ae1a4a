"""Tars with damaged bytes: unpacked or refused by the one kind of error, and never a file outside."""

from __future__ import annotations

import contextlib
import io
import tarfile
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.sandbox.tar import is_tar, unpack


def honest() -> bytes:
    """A tar with one member of each kind, long names and attributes included."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for kind, name, link in (
            (tarfile.DIRTYPE, "srv/folder", ""),
            (tarfile.REGTYPE, "srv/folder/" + "n" * 120, ""),
            (tarfile.SYMTYPE, "srv/link", "/etc/passwd"),
            (tarfile.LNKTYPE, "srv/twin", "srv/folder/" + "n" * 120),
        ):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, link
            info.pax_headers = {"mtime": "1.5"}
            info.size = 600 if kind == tarfile.REGTYPE else 0
            archive.addfile(info, io.BytesIO(b"x" * info.size))
    return buffer.getvalue()


HONEST = honest()


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(HONEST) - 1), st.integers(0, 255)), max_size=6), st.booleans())
def test_damaged_tars_are_refused_or_unpacked(changes: list[tuple[int, int]], repair: bool) -> None:
    """Any bytes changed, with checksums made right again or not."""
    content = bytearray(HONEST)
    for place, value in changes:
        content[place] = value
    for start in range(0, len(content), 512) if repair else ():
        block = content[start : start + 512]
        if block[257:262] == b"ustar":
            block[148:156] = b"%06o\0 " % (sum(block[:148]) + sum(block[156:]) + 8 * 32)
            content[start : start + 512] = block
    with tempfile.TemporaryDirectory() as folder, io.BytesIO(bytes(content)) as file:
        root = Path(folder) / "rootfs"
        root.mkdir()
        is_tar(file)
        with contextlib.suppress(MachineError):
            unpack(file, root, None)
        assert [one.name for one in Path(folder).iterdir()] == ["rootfs"]


def test_a_chain_of_headers_is_refused() -> None:
    """Headers about headers, thousands of them, which the library follows by recursion."""
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = 1
    chain = (info.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\0")) * 5000
    assert not is_tar(io.BytesIO(chain))


def test_a_header_of_any_size_is_not_read() -> None:
    """A name of 1 GiB is refused by its size."""
    info = tarfile.TarInfo("././@LongLink")
    info.type = tarfile.GNUTYPE_LONGNAME
    info.size = 1 << 30
    assert not is_tar(io.BytesIO(info.tobuf(tarfile.GNU_FORMAT) + b"a" * 4096))
