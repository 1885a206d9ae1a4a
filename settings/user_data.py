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
    compact = b"".join(content.split())
    try:
        document = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError):
        document = b""
    if document.startswith(_STARTS):
        return compact.decode("ascii")
    return base64.b64encode(content).decode("ascii")
