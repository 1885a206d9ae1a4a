"""No passwords or keys written out where others can read them."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Iterator
from email import message_from_bytes

from rules.literals import literal_lines
from rules.rule import TEXTS, rule
from rules.subject import Subject, known_texts

_ENVIRONMENT = frozenset({"env", "environment_vars", "ansible_env_vars"})
"""Where secrets belong: masked in logs, and settings can hold them encrypted."""
_GZIP = b"\x1f\x8b"
_MIME = (b"Content-Type:", b"MIME-Version:")
_MOST = 2**20
"""Bytes of unpacked user data that are looked at."""


@rule(
    "no-secret-literals",
    "Commands and user data hold no passwords or keys.",
    "Provisioning",
    "TemporaryVm",
    config={"allowed_places": {**TEXTS, "default": []}},
)
def no_secret_literals(resource: Subject) -> Iterator[str]:
    """Provisioners but for their environment, chroot commands, user data; says where, never what."""
    allowed = resource.config["allowed_places"]
    for option in ("provisioners", "chroot"):
        for place, text in known_texts(resource.get(option, []), f"{resource.image}.{option}", _ENVIRONMENT):
            if place not in allowed and literal_lines(text):
                yield (
                    f"{place}: seems to hold a password or key; give it to the provisioner in env, "
                    "with a value set by `pulumi config set --secret --path`, and use the variable here"
                )
    place, data = f"{resource.image}.user_data", resource.get("user_data")
    if data and place not in allowed:
        for number in sorted({line for text in user_data_texts(data) for line in literal_lines(text)}):
            yield (
                f"{place}: line {number} seems to hold a password or key, which every program on the machine can read; "
                "let a provisioner write it from its env"
            )


def user_data_texts(data: str) -> list[str]:
    """The texts in user data: base64, perhaps compressed, perhaps of several MIME parts."""
    try:
        content = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        content = data.encode(errors="replace")
    if content.startswith(_GZIP):
        try:
            content = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(content, _MOST)
        except zlib.error:
            return []
    if not content.startswith(_MIME):
        return [content.decode(errors="replace")]
    parts = (part.get_payload(decode=True) for part in message_from_bytes(content).walk())
    return [part.decode(errors="replace") for part in parts if isinstance(part, bytes)]
