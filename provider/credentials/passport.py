"""Passports: the key of a service account, with which v2's tokens are signed (v2 facts 2.1, 2.2)."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from pathlib import Path

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from pulumi_hyperone.provider.credentials.sources import read_small
from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.foundation.outside_text import decode_json

LIFETIME = 300
"""Seconds that a signed token lasts, as with the vendor's clients."""
SMALLEST_KEY = 2048
FIELDS = ("subject_id", "certificate_id", "issuer", "private_key")
_SUBJECT = re.compile(r"/iam/(?:project/(?P<project>[^/\s]+)/sa|user)/[^/\s]+")
_REMEDY = "docs/authentication.md says how to make one"


@dataclass(frozen=True)
class Passport:
    """Who signs: the account `subject`, with the key of its credential `certificate`.

    The key, and `pem`, its text as the file holds it, are not in the repr.
    """

    path: Path
    subject: str
    certificate: str
    issuer: str
    key: RSAPrivateKey = field(repr=False)
    pem: str = field(repr=False)

    @property
    def project(self) -> str:
        """The project of a service account; empty for a user's passport."""
        found = _SUBJECT.fullmatch(self.subject)
        return (found["project"] or "") if found else ""

    def sign(self, audience: str) -> tuple[str, float]:
        """A token for the API at `audience`, and the Unix time at which it ends."""
        now = int(time.time())
        claims = {"iat": now, "exp": now + LIFETIME, "aud": audience, "iss": self.issuer, "sub": self.subject}
        token = jwt.encode(claims, self.key, algorithm="RS256", headers={"kid": self.certificate})
        return token, float(now + LIFETIME)


def read_passport(path: Path) -> Passport | None:
    """Read a passport; None when there is no such file.

    Raises CredentialsError when it cannot be used, and says why; no message holds any of its content.
    """
    said = read_small(path, "the passport", _REMEDY)
    if said is None:
        return None
    try:
        raw = decode_json(said)
    except ValueError:
        raise _unusable(path, "it is not valid JSON") from None
    if not isinstance(raw, dict):
        raise _unusable(path, "it is not a JSON object")
    missing = [name for name in FIELDS if not isinstance(raw.get(name), str) or not raw[name].strip()]
    if missing:
        raise _unusable(path, f"it lacks {', '.join(missing)}")
    if not _SUBJECT.fullmatch(raw["subject_id"]):
        raise _unusable(path, "its subject_id is not the path of a service account: /iam/project/PROJECT/sa/ID")
    key = _key(path, raw["private_key"])
    _check_public_half(path, key, raw.get("public_key"))
    return Passport(path, raw["subject_id"], raw["certificate_id"], raw["issuer"], key, raw["private_key"])


def _key(path: Path, pem: str) -> RSAPrivateKey:
    """The private key, in PKCS#1 as the vendor writes it, or in PKCS#8."""
    try:
        key = load_pem_private_key(pem.encode(), None)
    except TypeError:
        raise _unusable(path, "its private_key has a passphrase, which cannot be typed here") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable(path, "its private_key is not a complete PEM key") from None
    if not isinstance(key, RSAPrivateKey):
        raise _unusable(path, "its private_key is not an RSA key, which RS256 tokens need")
    if key.key_size < SMALLEST_KEY:
        raise _unusable(path, f"its private_key has {key.key_size} bits, fewer than {SMALLEST_KEY}")
    return key


def _check_public_half(path: Path, key: RSAPrivateKey, pem: object) -> None:
    """Tell a wrong key before it is refused; a public key that cannot be read is nothing that anybody needs."""
    if not isinstance(pem, str) or not pem.strip():
        return
    try:
        other = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return
    if other != key.public_key():
        raise _unusable(path, "its private_key does not belong to its public_key")


def _unusable(path: Path, why: str) -> CredentialsError:
    return CredentialsError(f"the passport {path} cannot be used: {why}; {_REMEDY}")
