"""Whether an image, the files that were recorded with it and the statement about it belong together."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.errors import Refused, SettingsError
from pulumi_hyperone.provider.provenance.envelope import is_signed_by, opened
from pulumi_hyperone.provider.provenance.public_keys import fingerprint, is_public, key_text, public_key
from pulumi_hyperone.provider.provenance.statement import IMAGE_DIGEST, PREDICATE_TYPE, STATEMENT_TYPE
from pulumi_hyperone.provider.records.folder import DIFFERENCE, RECORD, RESIDUE, RecordFolder
from pulumi_hyperone.provider.tracking.identity import RECORD_TAG, STATEMENT_TAG


@dataclass(frozen=True)
class Verdict:
    """What came out: `faults` are one line each, none when all is well.

    `signed_by` is the fingerprint of the key that was asked for.
    """

    signed_by: str
    faults: tuple[str, ...]


def recorded(folder: RecordFolder) -> dict[str, bytes]:
    """Return the files about what is in an image, by name; a statement names them all. Raises SettingsError."""
    return {name: folder.read(name) for name in (RECORD, RESIDUE, DIFFERENCE) if folder.has(name)}


def digest(content: bytes) -> str:
    """Return the digest as tags hold it: `sha256:` and 64 hex digits."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def verify(
    image_id: str, tags: Mapping[str, str], envelope: bytes, key: Path, recorded: Mapping[str, bytes]
) -> Verdict:
    """Check a statement's envelope against the image, its tags, the key in a file, and the recorded files by name.

    Raises SettingsError: the key.
    """
    text = key_text(key)
    if not is_public(text):
        raise SettingsError(f"{key} is a private key; name the public one")
    public = public_key(text, key)
    faults = list(_tagged("statement", tags, STATEMENT_TAG, envelope))
    try:
        sealed, stated = opened(envelope)
    except Refused as error:
        return Verdict(fingerprint(public), (*faults, f"statement: {error}"))
    if not is_signed_by(sealed, public):
        faults.append(f"signature: it was not made by {fingerprint(public)} ({key}), or what was signed has changed")
    if (stated.get("_type"), stated.get("predicateType")) != (STATEMENT_TYPE, PREDICATE_TYPE):
        faults.append(f"statement: it is not a provenance statement ({PREDICATE_TYPE})")
    if image_id not in {str(_at(one, "digest", IMAGE_DIGEST)) for one in _list(stated.get("subject"))}:
        faults.append(f"image: the statement is about another one, not {image_id}")
    faults += _records(stated, recorded)
    if RECORD in recorded:
        faults += _tagged(RECORD, tags, RECORD_TAG, recorded[RECORD])
    elif RECORD_TAG in tags:
        faults.append(f"{RECORD}: the image's tag {RECORD_TAG} names one, and it is gone")
    return Verdict(fingerprint(public), tuple(dict.fromkeys(faults)))


def _tagged(what: str, tags: Mapping[str, str], tag: str, content: bytes) -> Iterator[str]:
    if tag not in tags:
        yield f"{what}: the image has no tag {tag}"
    elif tags[tag] != digest(content):
        yield f"{what}: it is not the one that the image's tag {tag} names"


def _records(stated: Mapping[str, Any], recorded: Mapping[str, bytes]) -> Iterator[str]:
    wanted = {
        str(_at(one, "name")): f"sha256:{_at(one, 'digest', 'sha256')}"
        for one in _list(_at(stated, "predicate", "runDetails", "byproducts"))
    }
    for name in sorted({*wanted, *recorded}):
        if name not in recorded:
            yield f"{name}: the statement names it, and it is gone"
        elif name not in wanted:
            yield f"{name}: the statement does not name it"
        elif digest(recorded[name]) != wanted[name]:
            yield f"{name}: it is not the one that the statement names"


def _at(value: Any, *keys: str) -> Any:
    """What is at the end of a path through mappings; None where there is no such path."""
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
