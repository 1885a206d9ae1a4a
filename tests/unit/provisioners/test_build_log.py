"""The build's log: masking across pieces and forms, progress, trouble with the file."""

from __future__ import annotations

import json
import re
import shlex
import stat
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_hyperone.provider.foundation.masking import MASK, Masker
from pulumi_hyperone.provider.provisioners.build_log import BuildLog

SECRET = "p@ss'w\"o$rd`é"
LINES = "-----BEGIN KEY-----\nAAAAB3NzaC1yc2EAAAADAQ\nBBBB4444\n-----END KEY-----\n"


def written(tmp_path: Path, secrets: list[str], *pieces: bytes) -> str:
    """What the log's file holds after some output."""
    with BuildLog(tmp_path / "log", secrets=secrets) as log:
        for piece in pieces:
            log.output(piece)
    return (tmp_path / "log").read_bytes().decode(errors="replace")


FORMS = [
    SECRET,
    shlex.quote(SECRET),
    json.dumps(SECRET),
    json.dumps(SECRET, ensure_ascii=False),
    SECRET.replace("'", "'\\''"),
    'x="p@ss\'w\\"o\\$rd\\`é"',
]


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_masked(tmp_path: Path, form: str) -> None:
    """A secret is found as it is and in the quoted forms of sh and JSON."""
    text = written(tmp_path, [SECRET], f"before {form} after\n".encode())
    assert "p@ss" not in text
    assert MASK in text
    assert text.startswith("before ")
    assert text.endswith(" after\n")


@given(st.lists(st.integers(1, 12), min_size=1, max_size=30))
def test_pieces_do_not_matter(sizes: list[int]) -> None:
    """However the output is cut, the secret is found and nothing else is lost."""
    masker, held, out = Masker([SECRET, LINES]), b"", b""
    data = f"a{SECRET}b{LINES}c{SECRET[:4]} p@ p@s".encode()
    whole, position, index = data, 0, 0
    while position < len(whole):
        size = sizes[index % len(sizes)]
        ready, held = masker.split(held + whole[position : position + size])
        out, position, index = out + ready, position + size, index + 1
    out += masker.finish(held)
    together = re.sub(f"({MASK}\\s*)+", MASK, out.decode())
    assert together == f"a{MASK}b{MASK}c{SECRET[:4]} p@ p@s"


def test_multi_line_secrets(tmp_path: Path) -> None:
    """A key is found whole, with a terminal's line ends, indented, and line by line."""
    for text in (LINES, LINES.replace("\n", "\r\n"), "  " + LINES.replace("\n", "\n  "), "x AAAAB3NzaC1yc2EAAAADAQ y"):
        assert "AAAAB3" not in written(tmp_path, [LINES], text.encode())


def test_streams_that_interleave_do_not_split_a_secret(tmp_path: Path) -> None:
    """What comes on standard error between two pieces of output does not reveal the secret in those."""
    with BuildLog(tmp_path / "log", secrets=["hunter2-hunter2"]) as log:
        log.output(b"a hunter2-")
        log.errors(b"oops hunter2-hunter2\n")
        log.output(b"hunter2 b\n")
    assert "hunter2" not in (tmp_path / "log").read_text()


def test_streams_that_interleave_do_not_split_a_line(tmp_path: Path) -> None:
    """A line whose end may begin a secret waits as a whole for what follows; a long one does not."""
    with BuildLog(tmp_path / "log", secrets=["m-hunter2"]) as log:
        log.errors(b"Read-only file system\n")
        log.output(b"hello\n")
        assert sorted(log.tail(9)) == ["Read-only file system", "hello"]
        log.output(b"x" * 5000 + b"m")
        assert b"xxx" in (tmp_path / "log").read_bytes()


def test_a_line_that_ends_like_a_secret_begins_is_shown_soon(tmp_path: Path) -> None:
    """Few characters wait for no more than a moment."""
    said: list[str] = []
    with BuildLog(tmp_path / "log", secrets=["hunter2"], progress=said.append) as log:
        log.output(b"Setting up h\n")
        time.sleep(0.5)
        assert said[-1] == "Setting up h"


def test_other_encodings(tmp_path: Path) -> None:
    """A secret printed in another encoding is found; bytes of any kind pass."""
    assert b"hesl\xf8" not in written(tmp_path, ["heslø-tajné"], "heslø-tajné".encode("latin-1")).encode(
        "latin-1", "replace"
    )
    with BuildLog(tmp_path / "raw") as log:
        log.output(bytes(range(256)))
    assert (tmp_path / "raw").read_bytes() == bytes(range(256))


def test_short_and_empty_secrets_do_not_hide_the_output(tmp_path: Path) -> None:
    """Secrets of up to three characters, and empty ones, are left alone."""
    assert written(tmp_path, ["", " ", "1", "abc"], b"1 abc x\n") == "1 abc x\n"


def test_file_is_private_and_notes_are_masked(tmp_path: Path) -> None:
    """The file is for its owner alone; our own lines are masked too; tails belong to a step."""
    said: list[str] = []
    with BuildLog(tmp_path / "d" / "log", secrets=["hunter2"], progress=said.append) as log:
        log.note("begin hunter2")
        log.output(b"one\ntwo hunter2\n")
        assert log.tail(1) == (f"two {MASK}",)
        log.begin()
        assert log.tail(5) == ()
    assert stat.S_IMODE((tmp_path / "d" / "log").stat().st_mode) == 0o600
    assert "hunter2" not in (tmp_path / "d" / "log").read_text() + str(said)
    assert said[0] == f"begin {MASK}"


def test_progress_is_coalesced_and_ends_with_the_last_line(tmp_path: Path) -> None:
    """Many lines become few, and the last one is shown even when nothing follows."""
    said: list[str] = []
    with BuildLog(tmp_path / "log", progress=said.append) as log:
        for number in range(1000):
            log.output(f"line {number}\n".encode())
        time.sleep(0.5)
        assert said[-1] == "line 999"
        assert len(said) < 10


def test_trouble_with_the_file_fails_nothing(tmp_path: Path) -> None:
    """A log that cannot be written says so and still gives tail and progress; failing progress is ignored."""
    (tmp_path / "file").touch()

    def failing(_: str) -> None:
        raise RuntimeError

    with BuildLog(tmp_path / "file" / "log", progress=failing) as log:
        log.output(b"x\n")
        log.note("y")
        assert log.tail(3) == ("x",)
        assert "cannot be written" in log.trouble
