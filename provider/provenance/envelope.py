"""DSSE envelopes around statements: made, read, checked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import UnverifiedSignatureError, VerificationError
from securesystemslib.signer import Signer

from pulumi_hyperone.provider.foundation.errors import Refused
from pulumi_hyperone.provider.provenance.public_keys import PublicKey, fingerprint, verifier

PAYLOAD_TYPE = "application/vnd.in-toto+json"


def sealed(statement: Mapping[str, Any], by: Signer) -> bytes:
    """Return the signed envelope of a statement as the bytes of a file. Raises CredentialsError (agents)."""
    payload = json.dumps(statement, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode(errors="replace")
    envelope = Envelope(payload, PAYLOAD_TYPE, {})
    envelope.sign(by)
    return json.dumps(envelope.to_dict(), indent=2).encode() + b"\n"


def opened(content: bytes) -> tuple[Envelope, dict[str, Any]]:
    """Return the envelope in a file and the statement in it; the signature is not checked. Raises Refused."""
    try:
        envelope = Envelope.from_dict(json.loads(content))
        statement = json.loads(envelope.payload)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refused("it is not a DSSE envelope with a JSON payload") from None
    if envelope.payload_type != PAYLOAD_TYPE or not isinstance(statement, dict):
        raise Refused(f"its payload is not an in-toto statement ({PAYLOAD_TYPE})")
    return envelope, statement


def is_signed_by(envelope: Envelope, key: PublicKey) -> bool:
    """Whether one of the envelope's signatures is `key`'s."""
    try:
        return fingerprint(key) in envelope.verify([verifier(key)], 1)
    except (VerificationError, UnverifiedSignatureError):
        return False
