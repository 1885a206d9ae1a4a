"""Texts for the shell: quoting, wrapping, and the tail of an output."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_hyperone.provider.ssh.shell_text import KILLED, Tail, failure_text, quote, script, shorten


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_quoted_text_comes_back(text: str) -> None:
    """Whatever is quoted, sh sees it unchanged."""
    output = subprocess.run(["/bin/sh", "-c", f"printf %s {quote(text)}"], capture_output=True, check=True).stdout
    assert output == text.encode()


def test_nul_is_refused() -> None:
    """No shell can pass a NUL, so it is refused rather than cut off."""
    with pytest.raises(ValueError, match="NUL"):
        quote("a\0b")


@pytest.mark.parametrize("argument", ["", "$HOME", "a'b", "-n", "x\ny", "`id`"])
def test_scripts_get_their_arguments(argument: str) -> None:
    """A script's arguments arrive unchanged in $1."""
    command = script('printf "[%s]" "$1"', argument)
    output = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=True).stdout
    assert output.decode() == f"[{argument}]"


def test_tail_masks_before_it_cuts() -> None:
    """A secret across the place where a line is cut does not show in part, however the pieces came."""
    for pieces in ([b"x" * 490 + b"sesame-open-91 and more\n"], [b"x" * 490 + b"sesame", b"-open-91" + b"y" * 9000]):
        tail = Tail(3, mask=lambda text: text.replace("sesame-open-91", "*"))
        for piece in pieces:
            tail.feed(piece)
        assert "sesame" not in tail.lines()[0]
        assert tail.lines()[0].startswith("x" * 490 + "*")


def test_tail_keeps_the_last_lines_in_any_encoding() -> None:
    """Lines may come in any pieces and encodings; progress bars leave their last state; long lines are cut."""
    tail = Tail(3)
    for piece in (b"one\ntw", b"o\n\n10%\r50%\r100%\n", b"\xff\xfe bad\n", b"x" * 5000):
        tail.feed(piece)
    lines = tail.lines()
    assert lines[0] == "100%"
    assert lines[1].endswith(" bad")
    assert len(lines[2]) < 600


def test_a_tail_does_not_act_on_the_terminal_that_shows_it() -> None:
    """Colours go, with the lines that hold nothing else; what is left of controls is written out, secrets are not."""
    tail = Tail(4, mask=lambda text: text.replace("se\u200bsame", "*"))
    tail.feed("\x1b[31mred\x1b[0m \x1b]0;title\x07\u202eend\n\x1b[2J\nse\u200bsame\x9b31m".encode())
    assert tail.lines() == ("red \\u202eend", "*\\x9b31m")


def test_failures_in_words() -> None:
    """Exit codes, signals and silence are told apart."""
    assert failure_text("x", 3, ("a",)) == "x ended with exit code 3; its last output:\n    a"
    assert failure_text("x", KILLED, ()) == "x was ended by a signal and printed nothing"
    assert shorten("a\n b  c", 20) == "a b c"
    assert shorten("x" * 30, 10) == "xxxxxxx..."
