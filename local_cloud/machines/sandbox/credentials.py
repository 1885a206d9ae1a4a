"""Who may log in: public keys and a password hash."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

import asyncssh
from passlib.hash import sha512_crypt

_log = logging.getLogger(__name__)


def read_public_keys(lines: Iterable[str]) -> frozenset[bytes]:
    """Return the key material of OpenSSH public key lines, without comments; lines that are no key are ignored."""
    keys = set()
    for line in lines:
        if not line.strip():
            continue
        try:
            keys.add(asyncssh.import_public_key(line.strip()).public_data)
        except (asyncssh.KeyImportError, ValueError):
            _log.info("ignored a line that is not an OpenSSH public key")
    return frozenset(keys)


async def password_matches(password: str, sha512: str) -> bool:
    """Whether `password` has the crypt(3) `$6$` hash `sha512`; False for a text that is no such hash."""
    try:
        return bool(await asyncio.to_thread(sha512_crypt.verify, password, sha512))
    except ValueError:
        return False
