"""What Packer's function `build` gives: data of the build that is only known when a provisioner runs.

Settings leave it in texts as ``{{build `ID`}}``, alone and in just this form.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

NAMES = ("ID", "Host", "Port", "User", "Password", "ConnType", "SSHPublicKey", "SSHPrivateKey", "PackerRunUUID")
BRACES = "{{"
"""The name that stands for two opening braces, in texts that would read like a call of `build` themselves."""
CALL = re.compile(r"\{\{build `([^`]*)`\}\}")


def call(name: str) -> str:
    """Write a call as settings leave it in a text."""
    return f"{{{{build `{name}`}}}}"


def escaped(text: str) -> str:
    """Protect a text that reads like a call, so that it stays as it is."""
    return CALL.sub(lambda found: call(BRACES) + found[0].removeprefix(BRACES), text)


def filled(value: Any, data: Mapping[str, str]) -> Any:
    """Put the data into all texts of provisioners' settings; what is put in is not looked at again.

    Unknown names stay: settings with those are refused before.
    """
    if isinstance(value, str):
        return CALL.sub(lambda found: {BRACES: BRACES, **data}.get(found[1], found[0]), value)
    if isinstance(value, Mapping):
        return {key: filled(part, data) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [filled(part, data) for part in value]
    return value


def stand_ins() -> dict[str, str]:
    """Values that are no build's, for checks and for the fingerprint, which no build may change."""
    return {name: f"\ufdd0{name}" for name in NAMES}
