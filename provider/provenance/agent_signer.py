"""Signing with a key that an ssh-agent holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import paramiko
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from securesystemslib.signer import Key, SecretsHandler, Signature, Signer, SSlibKey

from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.provenance.public_keys import PublicKey, fingerprint, openssh_line, verifier
from pulumi_hyperone.provider.ssh.agent import agent_keys

TIMEOUT = 60.0
"""Seconds for an answer of the agent, which may ask a person first."""


class AgentSigner(Signer):
    """Signs with the private half of `public`."""

    def __init__(self, public: PublicKey) -> None:
        self._public = public

    @property
    def public_key(self) -> SSlibKey:
        """The public key, which checks what is signed."""
        return verifier(self._public)

    @classmethod
    def from_priv_key_uri(
        cls, priv_key_uri: str, public_key: Key, secrets_handler: SecretsHandler | None = None
    ) -> Signer:
        """Raise NotImplementedError: keys of an agent are named by their public halves alone."""
        raise NotImplementedError

    def check(self) -> None:
        """Raise CredentialsError unless the agent holds the key; nothing is signed, so no person is asked."""
        with self._held():
            pass

    def sign(self, payload: bytes) -> Signature:
        """Sign. Raises CredentialsError when the agent is gone, lacks the key, or a person refuses."""
        with self._held() as key:
            try:
                answer = key.sign_ssh_data(payload, "rsa-sha2-256" if self._is_rsa else None)
            except (OSError, paramiko.SSHException) as error:
                raise CredentialsError(f"ssh-agent did not sign with {fingerprint(self._public)}: {error}") from None
        return Signature(fingerprint(self._public), self._plain(cast(bytes, answer)).hex())

    @property
    def _is_rsa(self) -> bool:
        return isinstance(self._public, rsa.RSAPublicKey)

    @contextmanager
    def _held(self) -> Iterator[paramiko.AgentKey]:
        wanted = openssh_line(self._public).split()[1]
        with agent_keys(os.environ.get("SSH_AUTH_SOCK"), TIMEOUT) as keys:
            held = next((key for key in keys if key.get_base64() == wanted), None)
            if held is None:
                raise CredentialsError(
                    f"ssh-agent does not hold the private key of {fingerprint(self._public)}: add it with `ssh-add`"
                )
            yield held

    def _plain(self, answer: bytes) -> bytes:
        """Take the signature out of SSH's wrapping: as it is for ed25519 and RSA, as DER for ECDSA."""
        message = paramiko.Message(answer)
        message.get_text()  # the algorithm
        signature = message.get_binary()
        if not isinstance(self._public, ec.EllipticCurvePublicKey):
            return signature
        numbers = paramiko.Message(signature)
        return encode_dss_signature(numbers.get_mpint(), numbers.get_mpint())
