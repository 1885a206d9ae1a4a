"""User data in the form the API wants: base64 (API facts 2.1.1), without encoding twice what is base64 already."""

from __future__ import annotations

import base64
import binascii

_STARTS = (
    b"#!",
    b"#cloud-",
    b"#include",
    b"#part-handler",
    b"#upstart-job",
    b"## template:",
    b"Content-Type:",
    b"MIME-Version:",
    b"From ",
    b"<powershell>",
    b"<script>",
    b"\x1f\x8b",
)
"""How the documents start that cloud-init and its relatives read; the last one is gzip."""


def encoded(content: bytes) -> str:
    """Return user data as base64.

    `content` is a document of any kind, or the base64 of a document that cloud-init would recognise (by its first
    bytes); base64 of anything else is plain text, since a short word can be valid base64 by chance. Empty stays empty.
    """
    if _decoded(content).startswith(_STARTS):
        return b"".join(content.split()).decode("ascii")
    return base64.b64encode(content).decode("ascii")


def is_unknown_base64(content: bytes) -> bool:
    """Say whether user data looks like base64 (lines without blanks, 16 bytes or more) but is encoded once more."""
    looks_alike = len(content) >= 16 and len(content.split()) == len(content.strip().splitlines())
    return looks_alike and bool(_decoded(content)) and not _decoded(content).startswith(_STARTS)


def _decoded(content: bytes) -> bytes:
    """Return what user data is the base64 of; empty when it is none."""
    try:
        return base64.b64decode(b"".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return b""
