"""The key that the option `provenance_key` names: a file with a private key, or a public key for one in an agent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key
from securesystemslib.signer import CryptoSigner

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.provenance.agent_signer import AgentSigner
from pulumi_hyperone.provider.provenance.public_keys import (
    KINDS,
    PublicKey,
    is_public,
    key_text,
    public_key,
    usable,
    verifier,
)


def signer(path: Path) -> tuple[CryptoSigner | AgentSigner, PublicKey]:
    """Return what signs with the key that `path` names, and the public key.

    Raises SettingsError without the key in it: the file is missing, cannot be read, is no key, of another kind, or has
    a passphrase. Whether an agent holds the key is seen only when it signs, or by `AgentSigner.check`.
    """
    text = key_text(path)
    if is_public(text):
        public = public_key(text, path)
        return AgentSigner(public), public
    private = _private_key(text, path)
    public = usable(private.public_key(), path)
    return CryptoSigner(private, verifier(public)), public


def key_faults(path: Path) -> list[str]:
    """Say why statements could not be signed with the key that `path` names; empty when they could."""
    try:
        found, _ = signer(path)
        if isinstance(found, AgentSigner):
            found.check()
    except SettingsError as error:
        return [str(error)]
    return []


def _private_key(text: bytes, path: Path) -> Any:
    load = load_ssh_private_key if b"BEGIN OPENSSH" in text else load_pem_private_key
    try:
        return load(text, None)
    except TypeError:
        raise SettingsError(
            f"{path} has a passphrase: add the key to an ssh-agent (`ssh-add {path}`) and name its public key instead"
        ) from None
    except (ValueError, UnsupportedAlgorithm) as error:
        # The text of a DSA key's error; whatever else it says may quote the file.
        kind = (
            "holds a key of a kind that is not supported" if isinstance(error, UnsupportedAlgorithm) else "is not a key"
        )
        raise SettingsError(f"{path} {kind}; {KINDS}") from None
