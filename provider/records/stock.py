"""What is in an image: the record before it has a format, and how names of a machine become texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pulumi_hyperone.provider.foundation.outside_text import is_unseen

LONGEST = 1024
"""Characters of a text that is kept."""
Show = Callable[[bytes], str]


@dataclass(frozen=True, order=True)
class Package:
    """One installed package; `manager` is dpkg, rpm, apk, pacman, pip or npm, `source` what it was built from."""

    manager: str
    name: str
    version: str
    architecture: str = ""
    source: str = ""


@dataclass(frozen=True, order=True)
class File:
    """A file of the system.

    `state`: "unowned" (no package has it), "changed" (not as its package has it), "setuid" or "configuration" (any file
    in /etc). `sha256` (hex) is there for configuration that everybody on the machine may read.
    """

    path: str
    state: str
    sha256: str = ""


@dataclass(frozen=True, order=True)
class Key:
    """Something that opens or proves: `kind` is host-key, authorized-key or certificate; a fingerprint, never a key."""

    kind: str
    path: str
    fingerprint: str
    detail: str = ""


@dataclass(frozen=True)
class Stock:
    """All that was seen. `system` is the name of the distribution, `unseen` and `cut` say in words what is missing."""

    system: str = ""
    system_id: str = ""
    system_version: str = ""
    kernel: str = ""
    kernels: tuple[str, ...] = ()
    packages: tuple[Package, ...] = ()
    services: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    sudoers: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    files: tuple[File, ...] = ()
    keys: tuple[Key, ...] = ()
    unseen: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()


def plain(raw: bytes, mask: Callable[[str], str] = str) -> str:
    r"""A name or line of a machine as a text: masked, one line, nothing that a terminal acts on.

    What is no UTF-8, controls, and signs that change the direction of writing become `\x..`; a backslash is doubled,
    so that different names stay different.
    """
    text = mask(raw.decode(errors="surrogateescape"))
    if not (text.isascii() and text.isprintable() and "\\" not in text):
        text = "".join(map(_visible, text))
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def is_plain(text: str) -> bool:
    """Whether a text holds nothing that `plain` escapes, but for backslashes."""
    return text.isprintable() or not any(map(is_unseen, text))


def _visible(sign: str) -> str:
    if sign == "\\":
        return "\\\\"
    if is_unseen(sign):
        return "".join(f"\\x{byte:02x}" for byte in sign.encode(errors="surrogateescape"))
    return sign
