"""Passports as the v2 client writes them, of keys that are made once per run."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

SUBJECT = "/iam/project/5f0c0ffee0ddba11c0ffee00/sa/5f0c0ffee0ddba11c0ffee01"
CERTIFICATE = "5f0c0ffee0ddba11c0ffee02"
PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8


@functools.cache
def rsa_key(size: int = 2048, _number: int = 0) -> rsa.RSAPrivateKey:
    """A key of this size; another one for another number."""
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


def private_pem(key: Any, form: serialization.PrivateFormat = PKCS1, passphrase: bytes = b"") -> str:
    """A private key as PEM, under a passphrase if there is one."""
    hidden = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    return str(key.private_bytes(serialization.Encoding.PEM, form, hidden).decode())


def public_pem(key: Any) -> str:
    """The public half as PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(key.public_key().public_bytes(serialization.Encoding.PEM, form).decode())


def write_passport(path: Path, **changes: Any) -> Path:
    """Write a passport with these fields changed; None leaves one out."""
    fields = {
        "subject_id": SUBJECT,
        "certificate_id": CERTIFICATE,
        "issuer": f"https://api.hyperone.com/v2{SUBJECT}",
        "private_key": private_pem(rsa_key()),
        "public_key": public_pem(rsa_key()),
        **changes,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({name: value for name, value in fields.items() if value is not None}, indent=4))
    return path
