"""SSH keys and passwords as they come in requests (API facts 2.1.1)."""

from __future__ import annotations

import asyncssh
from passlib.hash import sha512_crypt

from pulumi_hyperone.local_cloud.access.auth import Caller
from pulumi_hyperone.local_cloud.lifecycle.bodies import Password
from pulumi_hyperone.local_cloud.state.records import SshKey
from pulumi_hyperone.local_cloud.state.refusals import bad_request, not_found
from pulumi_hyperone.local_cloud.state.store import Store

RAW_KEY_PREFIXES = ("ssh-", "ecdsa-", "sk-")


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
    """The crypt(3) text of a password; None for none. A `unix` password is one already."""
    if password is None or not password.value:
        return None
    if password.type == "unix":
        return password.value
    # As many rounds as libcrypt's own default, which the text does not name.
    return str(sha512_crypt.using(rounds=5000).hash(password.value))  # type: ignore[no-untyped-call]
