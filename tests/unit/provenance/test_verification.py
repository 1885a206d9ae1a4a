"""What `hyperone verify` finds: every forgery is named, each in one line."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.provenance.envelope import sealed
from pulumi_hyperone.provider.provenance.signing_key import signer
from pulumi_hyperone.provider.provenance.statement import Facts, statement
from pulumi_hyperone.provider.provenance.verification import digest, verify

RECORDED = {"record.cdx.json": b"{}", "residue.json": b"[]"}


@pytest.fixture
def keys(tmp_path):
    """Two key pairs, `mine` and `other`, in files; returns the folder."""
    for name in ("mine", "other"):
        key = Ed25519PrivateKey.generate()
        (tmp_path / name).write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        (tmp_path / f"{name}.pub").write_bytes(public)
    return tmp_path


def stated(recorded=RECORDED, **changes):
    """A statement about the image `aa`."""
    facts = {
        "image_id": "aa",
        "image_name": "web",
        "image_key": "web",
        "stack": "p/s",
        "build_id": "b",
        "api_url": "x",
        "source_image": "debian",
        "source_image_id": "dd",
        "source_image_name": "debian",
        "fingerprint": "f",
        "parts": {"vm_type": "a1"},
        "started": 1.0,
        "finished": "2026-01-01T00:00:00.5Z",
        "records": recorded,
    }
    return statement(Facts(**{**facts, **changes}))


def envelope_of(keys, value=None) -> bytes:
    """The signed envelope of a statement."""
    return sealed(stated() if value is None else value, signer(keys / "mine")[0])


def tags_of(envelope, recorded=RECORDED):
    """What an image is tagged with."""
    return {"pulumi-statement": digest(envelope), "pulumi-record": digest(recorded["record.cdx.json"])}


def faults(keys, envelope, recorded=RECORDED, *, image="aa", tags=None, key="mine"):
    """The lines that come out."""
    tags = tags_of(envelope) if tags is None else tags
    return list(verify(image, tags, envelope, keys / f"{key}.pub", recorded).faults)


def test_what_was_signed_and_recorded_passes(keys):
    """Nothing to say about image, statement, record and residue that belong together."""
    assert faults(keys, envelope_of(keys)) == []


def test_a_statement_without_a_record_passes(keys):
    """An image that nothing was recorded of has a statement and one tag."""
    envelope = envelope_of(keys, stated(recorded={}))
    assert faults(keys, envelope, {}, tags={"pulumi-statement": digest(envelope)}) == []


def test_another_key_is_not_the_signer(keys):
    """The right key for another image is the wrong one here."""
    (fault,) = faults(keys, envelope_of(keys), key="other")
    assert fault.startswith("signature: it was not made by SHA256:")


def test_another_image_is_not_the_one_that_was_stated(keys):
    """A statement that is put beside another image, tags and all."""
    assert faults(keys, envelope_of(keys), image="bb") == ["image: the statement is about another one, not bb"]


def test_a_changed_statement_is_found_by_signature_and_tag(keys):
    """One byte of the payload, with the tag as it was and with the tag moved along."""
    whole = envelope_of(keys)
    changed = json.loads(whole)
    payload = base64.b64decode(changed["payload"]).replace(b"debian", b"devian")
    forged = json.dumps({**changed, "payload": base64.b64encode(payload).decode()}).encode()
    signature, tag = "signature: it was not made by", "statement: it is not the one that the image's tag"
    first, second = faults(keys, forged, tags=tags_of(whole))
    assert (first.startswith(tag), second.startswith(signature)) == (True, True)
    (only,) = faults(keys, forged)
    assert only.startswith(signature)
    retyped = json.dumps({**changed, "payloadType": "text/plain"}).encode()
    assert faults(keys, retyped) == [
        "statement: its payload is not an in-toto statement (application/vnd.in-toto+json)"
    ]


@pytest.mark.parametrize(
    ("recorded", "said"),
    [
        (
            {**RECORDED, "record.cdx.json": b"{ }"},
            [
                "record.cdx.json: it is not the one that the statement names",
                "record.cdx.json: it is not the one that the image's tag pulumi-record names",
            ],
        ),
        ({**RECORDED, "residue.json": b"[ ]"}, ["residue.json: it is not the one that the statement names"]),
        ({"record.cdx.json": b"{}"}, ["residue.json: the statement names it, and it is gone"]),
        (
            {"residue.json": b"[]"},
            [
                "record.cdx.json: the statement names it, and it is gone",
                "record.cdx.json: the image's tag pulumi-record names one, and it is gone",
            ],
        ),
        ({**RECORDED, "difference.json": b"{}"}, ["difference.json: the statement does not name it"]),
    ],
)
def test_recorded_files_that_were_changed_removed_or_added_are_named(keys, recorded, said):
    """Statement and tag both know the record's digest."""
    assert faults(keys, envelope_of(keys), recorded) == said


def test_an_image_without_the_tags_is_not_taken_for_the_one(keys):
    """Tags that somebody removed."""
    assert faults(keys, envelope_of(keys), tags={}) == [
        "statement: the image has no tag pulumi-statement",
        "record.cdx.json: the image has no tag pulumi-record",
    ]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"payload": 1, "payloadType": [], "signatures": 3}'),
        b'{"payload": "e30=", "payloadType": "application/vnd.in-toto+json", "signatures": [{"sig": "e30="}]}',
        b'{"payload": "W10=", "payloadType": "application/vnd.in-toto+json", "signatures": []}',
    ],
)
def test_what_is_no_envelope_is_a_fault_and_no_crash(keys, content):
    """Whatever is in the file."""
    assert any(fault.startswith("statement: it") for fault in faults(keys, content, {}, tags={}))


@pytest.mark.parametrize(
    "value", [{}, {"subject": [1, {"digest": []}], "predicate": {"runDetails": {"byproducts": [{}, 1]}}}]
)
def test_a_signed_payload_of_another_shape_is_no_provenance(keys, value):
    """Signed by the right key, and nonsense."""
    found = faults(keys, envelope_of(keys, value))
    assert "statement: it is not a provenance statement (https://slsa.dev/provenance/v1)" in found
    assert "image: the statement is about another one, not aa" in found


def test_a_private_key_is_not_asked_for(keys):
    """`--key` wants the public half, and says so."""
    with pytest.raises(SettingsError, match="is a private key; name the public one"):
        verify("aa", {}, envelope_of(keys), keys / "mine", {})
