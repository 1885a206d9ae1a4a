"""What is kept about an image on this computer, in the form that the page shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_hyperone.provider.foundation.errors import HyperOneError, SettingsError
from pulumi_hyperone.provider.records.cyclonedx_file import LISTS, stock_in
from pulumi_hyperone.provider.records.folder import (
    DIFFERENCE,
    RECORD,
    RESIDUE,
    STATEMENT,
    STATEMENT_KEY,
    RecordFolder,
    of_image,
)
from pulumi_hyperone.provider.records.residue import HARMLESS
from pulumi_hyperone.provider.records.stock import Package

SHOWN = 5000
"""Rows of one list."""
UNKNOWN = "?"
"""The sign of what was not compared."""


@dataclass(frozen=True)
class Content:
    """What is in an image and how it came to be; `faults` say what could not be read.

    `other` maps kinds (`services`) to what the record says of them, `difference` kinds to lines of (sign, text);
    `statement` holds labels and texts, `signature` who signed and whether that is true.
    """

    packages: tuple[Package, ...] = ()
    other: Mapping[str, list[str]] = field(default_factory=dict)
    residue: tuple[Mapping[str, str], ...] | None = None
    difference: Mapping[str, list[tuple[str, str]]] | None = None
    statement: tuple[tuple[str, str], ...] = ()
    signature: tuple[str, bool] | None = None
    recorded: bool = False
    faults: tuple[str, ...] = ()

    @property
    def left(self) -> int:
        """How much residue there is that no image should have."""
        return sum(one["kind"] not in HARMLESS for one in self.residue or ())

    @property
    def changes(self) -> int | None:
        """How much is different; what was not compared does not count. None without a difference."""
        if self.difference is None:
            return None
        return sum(sign != UNKNOWN for lines in self.difference.values() for sign, _ in lines)


def content_of(image_id: str) -> Content:
    """Read all that is kept about an image; never raises for what is wrong with a file."""
    faults: list[str] = []
    found: dict[str, Any] = {}
    try:
        folder = of_image(image_id)
    except SettingsError:
        return Content()
    for name, read in ((RECORD, _record), (RESIDUE, _residue), (DIFFERENCE, _difference), (STATEMENT, _statement)):
        if not folder.has(name):
            continue
        try:
            found |= read(folder)
        except HyperOneError as error:
            faults.append(str(error))
        except (KeyError, TypeError, AttributeError, ValueError):
            faults.append(f"{folder.file(name)} was changed since it was written")
    return Content(**found, faults=tuple(faults))


def _record(folder: RecordFolder) -> dict[str, Any]:
    stock = stock_in(folder)
    other = {"system": [stock.system], "kernel": [stock.kernel]}
    other |= {name: list(getattr(stock, name)) for name in LISTS}
    for file in stock.files:
        other.setdefault(f"{file.state} files", []).append(f"{file.path} {file.sha256}".rstrip())
    for key in stock.keys:
        other.setdefault(key.kind, []).append(f"{key.path} {key.fingerprint} {key.detail}".rstrip())
    packages = sorted(stock.packages, key=lambda one: (one.name, one.version))
    told = {kind: texts for kind, texts in other.items() if any(texts)}
    return {"packages": tuple(packages), "other": told, "recorded": True}


def _residue(folder: RecordFolder) -> dict[str, Any]:
    listed = folder.read_json(RESIDUE)
    return {"residue": tuple({key: str(one.get(key) or "") for key in ("kind", "path", "detail")} for one in listed)}


def _difference(folder: RecordFolder) -> dict[str, Any]:
    found = folder.read_json(DIFFERENCE)
    lines: dict[str, list[tuple[str, str]]] = {}
    for kind, value in found.items():
        if kind == "not_compared":
            lines["not compared"] = [(UNKNOWN, str(text)) for text in value]
        elif isinstance(value, Mapping):
            lines[kind.replace("_", " ")] = list(_changes(value))
    return {"difference": {kind: changes for kind, changes in lines.items() if changes}}


_SIGNS = {"added": "+", "removed": "-", "upgraded": "↑", "downgraded": "↓", "changed": "~"}


def _changes(value: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if set(value) == {"from", "to"}:
        yield "~", f"{value['from']} → {value['to']}"
        return
    for verb, sign in _SIGNS.items():
        for one in value.get(verb) or []:
            if not isinstance(one, Mapping):
                yield sign, str(one)
            elif "from" in one:
                yield sign, f"{one['name']} {one['from']} → {one['to']}"
            else:
                yield sign, f"{one['name']} {one.get('version', '')}"


def _statement(folder: RecordFolder) -> dict[str, Any]:
    # Signatures cost a tenth of a second to import.
    from pulumi_hyperone.provider.provenance import envelope, public_keys  # noqa: PLC0415

    sealed, stated = envelope.opened(folder.read(STATEMENT))
    path = folder.file(STATEMENT_KEY)
    key = public_keys.public_key(public_keys.key_text(path), path)
    signed = (public_keys.fingerprint(key), envelope.is_signed_by(sealed, key))
    return {"signature": signed, "statement": tuple(_said(stated))}


def _said(stated: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The statement in the words of the page."""
    predicate = stated["predicate"]
    definition, details = predicate["buildDefinition"], predicate["runDetails"]
    outer, metadata = definition["externalParameters"], details["metadata"]
    for one in stated["subject"]:
        yield "image", f"{one.get('name', '')} ({', '.join(map(str, one['digest'].values()))})"
    yield "stack", str(outer.get("stack", ""))
    yield "source image", str(outer.get("source_image", ""))
    yield "fingerprint of the settings", str(outer["settings"]["fingerprint"])
    yield "build", str(metadata.get("invocationId", ""))
    yield "began, made", f"{metadata.get('startedOn', '')}, {metadata.get('finishedOn', '')}"
    yield "by", str((definition.get("internalParameters") or {}).get("user", ""))
    yield "with", ", ".join(f"{name} {text}" for name, text in details["builder"].get("version", {}).items())
    for one in definition["resolvedDependencies"]:
        dirty = ", with uncommitted changes" if (one.get("annotations") or {}).get("dirty") else ""
        digests = " ".join(f"{kind}:{text}" for kind, text in one["digest"].items())
        yield f"from: {one.get('name', '')}", f"{digests or 'not readable'}{dirty}"
    for one in details.get("byproducts") or []:
        yield f"recorded: {one.get('name', '')}", " ".join(f"{kind}:{text}" for kind, text in one["digest"].items())
