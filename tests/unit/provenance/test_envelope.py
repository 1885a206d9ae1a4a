"""Envelopes of statements, checked by a library that is not the one that signs them."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sigstore import dsse
from sigstore.errors import VerificationError

from pulumi_hyperone.provider.provenance.envelope import sealed
from pulumi_hyperone.provider.provenance.signing_key import signer


def test_an_independent_verifier_takes_what_was_signed_and_nothing_else(tmp_path):
    """Sigstore's DSSE finds the statement under its key, and refuses another key's and a changed one."""
    key, other = generate_private_key(SECP256R1()), generate_private_key(SECP256R1())
    (tmp_path / "key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    content = sealed({"said": "zażółć"}, signer(tmp_path / "key")[0])
    envelope = dsse.Envelope._from_json(content)
    assert json.loads(dsse._verify(key.public_key(), envelope)) == {"said": "zażółć"}
    with pytest.raises(VerificationError, match="invalid signature"):
        dsse._verify(other.public_key(), envelope)
    changed = {**json.loads(content), "payload": base64.b64encode(b"{}").decode()}
    with pytest.raises(VerificationError, match="invalid signature"):
        dsse._verify(key.public_key(), dsse.Envelope._from_json(json.dumps(changed)))
