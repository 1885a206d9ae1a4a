"""Public keys: read from files, named by their SSH fingerprint, and as those that check statements."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
    load_ssh_public_key,
    ssh_key_fingerprint,
)
from securesystemslib.signer import SSlibKey

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.foundation.local_files import may_never_end

LARGEST = 2**20
"""Bytes of a file that may still be a key."""
SMALLEST_RSA = 2048
KINDS = f"use ed25519, ECDSA (P-256, P-384, P-521) or RSA (at least {SMALLEST_RSA} bits)"
_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
_RSA_SCHEME = "rsa-pkcs1v15-sha256"
"""The one that an ssh-agent can do as well."""

PublicKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey


def key_text(path: Path) -> bytes:
    """Return what a key file holds. Raises SettingsError: missing, unreadable, not a file, too large."""
    try:
        if path.is_dir() or may_never_end(path):
            raise SettingsError(f"{path} is not a file")
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except FileNotFoundError:
        raise SettingsError(f"{path} does not exist") from None
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(text) > LARGEST:
        raise SettingsError(f"{path} is too large for a key")
    return text


def is_public(text: bytes) -> bool:
    """Whether a key file holds a public key and no private one."""
    return b"PRIVATE KEY-----" not in text


def public_key(text: bytes, path: Path) -> PublicKey:
    """Read a public key, PEM or OpenSSH, from what the file `path` holds. Raises SettingsError."""
    try:
        key = load_pem_public_key(text) if b"-----BEGIN" in text else load_ssh_public_key(text)
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError(f"{path} holds no key in PEM or OpenSSH format that can sign; {KINDS}") from None
    return usable(key, path)


def usable(key: object, path: Path) -> PublicKey:
    """Return the key if statements can be signed with its kind. Raises SettingsError."""
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, _CURVES):
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= SMALLEST_RSA:
        return key
    raise SettingsError(f"{path} holds a key of a kind that statements are not signed with; {KINDS}")


def fingerprint(key: PublicKey) -> str:
    """Return the fingerprint as `ssh-keygen -l` shows it: `SHA256:…`."""
    digest = base64.b64encode(ssh_key_fingerprint(key, SHA256()))
    return f"SHA256:{digest.decode().rstrip('=')}"


def verifier(key: PublicKey) -> SSlibKey:
    """Return the key as one that checks envelopes; its id is the fingerprint."""
    scheme = _RSA_SCHEME if isinstance(key, rsa.RSAPublicKey) else None
    return SSlibKey.from_crypto(key, fingerprint(key), scheme)


def openssh_line(key: PublicKey) -> str:
    """Return the key as one line, as in authorized_keys."""
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
