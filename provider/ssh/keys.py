"""SSH keys: the throw-away pair of a build, and private keys that users name."""

from __future__ import annotations

import base64
import hashlib
import io
import textwrap
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import paramiko
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
    load_ssh_private_key,
)

from pulumi_hyperone.provider.foundation.errors import SettingsError, reason
from pulumi_hyperone.provider.foundation.local_files import may_never_end
from pulumi_hyperone.provider.ssh.defaults import DEFAULT_KEY_TYPE, DEFAULT_RSA_BITS

_KINDS: tuple[tuple[type, type[paramiko.PKey]], ...] = (
    (rsa.RSAPrivateKey, paramiko.RSAKey),
    (ec.EllipticCurvePrivateKey, paramiko.ECDSAKey),
    (ed25519.Ed25519PrivateKey, paramiko.Ed25519Key),
)
_Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey


@dataclass(frozen=True)
class KeyPair:
    """`private` is an OpenSSH PEM text, `packed` the same key as states hold it, which is shorter: both secret.

    `public` is one line as in authorized_keys.
    """

    private: str = field(repr=False)
    packed: str = field(repr=False)
    public: str


def generate(kind: str = DEFAULT_KEY_TYPE, bits: int = 0, comment: str = "") -> KeyPair:
    """Make a key pair; `kind` is ed25519 or rsa, `bits` is for rsa alone (0: 3072)."""
    key: _Private
    if kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    elif kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=bits or DEFAULT_RSA_BITS)
    else:
        raise SettingsError(f"temporary_key_pair_type must be ed25519 or rsa, not {kind!r}")
    return _pair(key, comment)


def unpacked(packed: str, comment: str = "") -> KeyPair:
    """The key pair of which a state holds this: PKCS #8 in base64."""
    return _pair(cast(_Private, load_der_private_key(base64.b64decode(packed), None)), comment)


def _pair(key: _Private, comment: str) -> KeyPair:
    packed = base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    return KeyPair(_openssh_text(key), packed, f"{public} {comment}".rstrip())


def load_private_key(source: str | Path) -> paramiko.PKey:
    """Read a private key from a PEM text or a file; raises SettingsError that says what to do, without the key."""
    name = str(source) if isinstance(source, Path) else "the private key"
    try:
        if isinstance(source, Path) and (source.is_dir() or may_never_end(source)):
            raise SettingsError(f"private key {name} cannot be read: it is not a regular file")
        data = source.read_bytes() if isinstance(source, Path) else source.encode()
    except OSError as error:
        raise SettingsError(f"private key {name} cannot be read: {error.strerror}") from None
    try:
        load = load_ssh_private_key if b"BEGIN OPENSSH" in data else load_pem_private_key
        key = load(data, None)
    except TypeError:
        raise SettingsError(f"private key {name} has a passphrase; add it to an agent, use ssh_agent_auth") from None
    except (ValueError, UnsupportedAlgorithm):
        raise SettingsError(f"{name} is not a private key in OpenSSH or PEM format") from None
    for known, wanted in _KINDS:
        if isinstance(key, known):
            return wanted.from_private_key(io.StringIO(_openssh_text(cast(_Private, key))))
    raise SettingsError(f"private key {name} is of a kind that SSH servers no longer take; use ed25519, ecdsa or rsa")


def load_certificate(key: paramiko.PKey, path: Path) -> None:
    """Give a private key the certificate in a file. Raises SettingsError."""
    try:
        # The text: the name of a file that is not there paramiko would take for one.
        key.load_certificate(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path} cannot be used as a certificate: {reason(error)}") from None
    except (ValueError, paramiko.SSHException):
        # What the error says may quote the file.
        raise SettingsError(f"{path} is not a certificate for this kind of key, as `ssh-keygen -s` writes it") from None


def _openssh_text(key: _Private) -> str:
    """The PEM of a key, always the same: masks and searches know it by its text.

    In front of the private half the format has a number, twice, by which a decryption is checked (PROTOCOL.key of
    OpenSSH). It is random where this library writes it, and here made of the key.
    """
    begin, *lines, end = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode().splitlines()
    content = base64.b64decode("".join(lines))
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()[1]
    blob = base64.b64decode(public)
    # The public half comes before, with its length; then the length of what follows.
    at = content.index(blob) + len(blob) + 4
    number = hashlib.sha256(blob).digest()[:4]
    text = base64.b64encode(content[:at] + 2 * number + content[at + 8 :]).decode()
    return "\n".join([begin, *textwrap.wrap(text, len(lines[0])), end, ""])


def host_key_line(key: paramiko.PKey) -> str:
    """Return a host key as one OpenSSH line without a comment: type and base64."""
    return f"{key.get_name()} {key.get_base64()}"
