"""Notes what became of an option."""

from __future__ import annotations

from typing import Any

from pulumi_hyperone.packer import weak
from pulumi_hyperone.packer.redaction import without_secrets
from pulumi_hyperone.packer.result import SECRET, Place
from pulumi_hyperone.packer.texts import Texts


def note_option(name: str, own_path: str, path: str, value: Any, place: Place, *, texts: Texts) -> None:
    """Note that an option was taken over, and whether it is secret, volatile or surprising."""
    marks = texts.marks
    secret = any(_covers(own_path, marked) for marked in marks.secrets)
    volatile = any(_covers(own_path, marked) for marked in marks.volatile)
    displayed = without_secrets(value, own_path, marks.secrets, marks.redacted, SECRET)
    note = "differs from build to build: no part of the fingerprint" if volatile else weak.read_note(name, value)
    texts.findings.row("volatile" if volatile else "read", path, displayed, place, note)
    weak.warn(name, path, value, place, texts.findings, secret=secret)


def _covers(path: str, marked: str) -> bool:
    return marked == path or marked.startswith((f"{path}.", f"{path}["))
