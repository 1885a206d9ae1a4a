"""The host key that an SSH login insists on."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass

from pulumi_hyperone.provider.foundation.errors import SettingsError

_SHA1 = re.compile(r"[0-9a-f]{40}")
_RSA = ("rsa-sha2-512", "rsa-sha2-256")


@dataclass(frozen=True)
class PinnedHostKey:
    """A host key, known as a whole (`blob`) or by a digest of it (`sha1` hex, `sha256` base64 without padding)."""

    blob: bytes | None = None
    sha1: str | None = None
    sha256: str | None = None

    @classmethod
    def parse(cls, value: str) -> PinnedHostKey:
        """Read the hex SHA-1 of the key blob (API facts 1.7), `SHA256:…` as OpenSSH shows it, or a public key line.

        Raises SettingsError.
        """
        value = value.strip()
        digest = value.lower().removeprefix("sha1:").replace(":", "")
        if _SHA1.fullmatch(digest):
            return cls(sha1=digest)
        if value.startswith("SHA256:"):
            return cls(sha256=value.removeprefix("SHA256:").rstrip("="))
        words = value.split()
        if len(words) >= 2 and words[0].startswith(("ssh-", "ecdsa-")):
            try:
                blob = base64.b64decode(words[1], validate=True)
            except ValueError:
                blob = b""
            name = words[0].encode()
            if blob.startswith(len(name).to_bytes(4, "big") + name):
                return cls(blob=blob)
        raise SettingsError(
            "hyperone:token_login_host_key: must be the SHA-1 of the host key (40 hex digits), its SHA256:… "
            "fingerprint, or an OpenSSH public key line (ssh-ed25519 AAAA…)"
        )

    def matches(self, blob: bytes) -> bool:
        """Whether a key blob that a server shows is this key."""
        if self.blob is not None:
            return blob == self.blob
        if self.sha1 is not None:
            return hashlib.sha1(blob).hexdigest() == self.sha1  # noqa: S324 - the vendor pins by SHA-1
        return fingerprint(blob) == f"SHA256:{self.sha256}"

    @property
    def algorithms(self) -> tuple[str, ...] | None:
        """Host key algorithms that fit the key, None when only a digest is known."""
        if self.blob is None:
            return None
        return algorithms_for(self.blob)


def algorithms_for(blob: bytes) -> tuple[str, ...]:
    """Name the host key algorithms of a key blob: its type, for RSA the two SHA-2 signatures."""
    length = int.from_bytes(blob[:4], "big")
    name = blob[4 : 4 + length].decode("ascii", "replace")
    return _RSA if name == "ssh-rsa" else (name,)


def fingerprint(blob: bytes) -> str:
    """Show a key blob as OpenSSH does: `SHA256:` and base64 without padding."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
