"""SSH keys and passwords as they come in requests (API facts 2.1.1)."""

from __future__ import annotations

import ctypes
import ctypes.util
import secrets
import string

import asyncssh

from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.lifecycle.bodies import Password
from pulumi_hyperone.local_cloud.state.records import SshKey
from pulumi_hyperone.local_cloud.state.refusals import bad_request, not_found
from pulumi_hyperone.local_cloud.state.store import Store

RAW_KEY_PREFIXES = ("ssh-", "ecdsa-", "sk-")
SALT_LETTERS = string.ascii_letters + string.digits + "./"


def is_raw_key(text: str) -> bool:
    """Whether the text is a public key itself, not the name of one."""
    return text.lstrip().startswith(RAW_KEY_PREFIXES)


def parse_key(text: str) -> str:
    """A public key line, checked and without line ends. Raises a 400."""
    line = text.strip()
    try:
        asyncssh.import_public_key(line)
    except (asyncssh.KeyImportError, ValueError, OverflowError):
        raise bad_request("no OpenSSH public key", sshKeys="no OpenSSH public key") from None
    if "\n" in line or "\r" in line or "\0" in line:
        raise bad_request("an OpenSSH public key is one line", sshKeys="more than one line")
    return line


def fingerprint(key: str) -> str:
    """The SHA-256 fingerprint of a public key line."""
    return asyncssh.import_public_key(key).get_fingerprint()


def keys_of(store: Store, owner: str) -> list[SshKey]:
    """The registered keys of a user or project."""
    return [key for key in store.all(SshKey) if key.owner == owner]


def resolve_keys(store: Store, caller: Caller, wanted: list[str] | None) -> list[str]:
    """The public key lines for a VM: raw keys, or user's and project's keys by id or name; None means all of the
    user's (a service account's: the project's). Raises ApiError.
    """  # noqa: D205 - one sentence over two lines
    user_keys = keys_of(store, caller.user.id) if caller.user else []
    project_keys = keys_of(store, caller.project)
    if wanted is None:
        return [key.value for key in (user_keys if caller.user else project_keys)]
    lines: list[str] = []
    for reference in wanted:
        if is_raw_key(reference):
            lines.append(parse_key(reference))
            continue
        known = reversed([*project_keys, *user_keys])
        found = next((key for key in known if reference in (key.id, key.name)), None)
        if found is None:
            raise not_found("ssh key", reference)
        lines.append(found.value)
    return lines


def password_hash(password: Password | None) -> str | None:
    """The crypt(3) text of a password; None for none. A `unix` password is one already. Raises a 400."""
    if password is None or not password.value:
        return None
    if password.type == "unix":
        return password.value
    return sha512_crypt(password.value)


def sha512_crypt(password: str) -> str:
    """The `$6$` crypt(3) text of a password, by the system's own libcrypt. Raises a 400 when there is none."""
    library = ctypes.CDLL(ctypes.util.find_library("crypt") or "libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    salt = "$6$" + "".join(secrets.choice(SALT_LETTERS) for _ in range(16))
    hashed = library.crypt(password.encode("utf-8", "replace"), salt.encode())
    text = hashed.decode("ascii") if hashed else ""
    if not text.startswith("$6$"):
        raise bad_request("this password cannot be set")
    return str(text)
