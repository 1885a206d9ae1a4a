"""What an import gives: images, a report of every field, and faults."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from pulumi_hyperone.provider.foundation.masking import Masker

Kind = Literal["read", "defaulted", "dropped", "volatile", "skipped", "warning"]

PROJECT_OPTIONS = ("token", "project", "api_url", "location", "token_login")
"""Options of Packer's builder that hold for the whole stack here, as `hyperone:NAME` of its config."""

PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]*")
"""Keys that stand in a path as they are."""

_SHOWN = 80


@dataclass(frozen=True)
class Place:
    """Where something stands: lines and columns count from 1; `text` is the piece of the file at that place."""

    file: str
    line: int
    column: int
    text: str = ""

    def __post_init__(self) -> None:
        # The names of a stranger's files are for terminals, as all else in a report.
        object.__setattr__(self, "file", printable(self.file))


@dataclass(frozen=True)
class ReportRow:
    """What became of one field of the template.

    `kind` is `read` (taken over), `defaulted` (not in the template, the builder's default counts), `dropped` (has no
    counterpart here), `volatile` (taken over, but no part of the fingerprint), `skipped` (meant for another build), or
    `warning` (taken over, but look at it). Secrets are not shown.
    """

    kind: Kind
    path: str
    value: str
    file: str
    line: int
    column: int
    note: str = ""


@dataclass(frozen=True)
class ImportFault:
    """Something that keeps the template from being imported."""

    file: str
    line: int
    column: int
    text: str
    message: str

    def __str__(self) -> str:
        at = f" (at {self.text!r})" if self.text else ""
        return f"{self.file}:{self.line}:{self.column}: {self.message}{at}"


@dataclass(frozen=True)
class ImportedImage:
    """One image: `options` under the names of Packer's builder, provisioners included.

    Texts in `options` are templates: what only the build knows (`{{timestamp}}`, `{{.Device}}`) is still in them.
    `secrets` and `volatile` hold paths such as `provisioners[0].environment_vars[2]`; `redacted` has, for those of
    `secrets` that hold more than a secret, the text with PLACEHOLDER for the secret; `places` says where the value at
    such a path stands in the template; `builder` is the name that the template gives the build.
    """

    name: str
    builder: str
    options: dict[str, Any]
    secrets: frozenset[str] = frozenset()
    volatile: frozenset[str] = frozenset()
    places: dict[str, Place] = field(default_factory=dict)
    redacted: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ImportResult:
    """Everything an import found. `provider` holds settings that belong to the project (`token`, `project`, …).

    `secrets` are the secret texts themselves, for those that have to hide them; `taken` names the environment variables
    and the files outside the template's folder whose content may be in the images' options.
    """

    images: dict[str, ImportedImage]
    report: tuple[ReportRow, ...]
    faults: tuple[ImportFault, ...]
    provider: dict[str, Any] = field(default_factory=dict)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    taken: tuple[str, ...] = ()

    @property
    def dropped(self) -> tuple[ReportRow, ...]:
        """Rows of what has no counterpart here."""
        return tuple(row for row in self.report if row.kind == "dropped")


@dataclass
class Findings:
    """Collects rows, faults, the secrets that must not be shown in them, and the names of variables in use.

    `taken` is what ImportResult says of it; `speaks_v2` that the template is for the second generation of the API.
    """

    rows: list[ReportRow] = field(default_factory=list)
    faults: list[ImportFault] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    speaks_v2: bool = False
    _warned: set[ReportRow] = field(default_factory=set)
    _masker: Masker = field(default_factory=Masker)

    def row(self, kind: Kind, path: str, value: object, place: Place, note: str = "") -> None:
        """Note what became of a field; a warning that is there already is not repeated."""
        row = ReportRow(kind, path, shown(self._hidden(value)), place.file, place.line, place.column, note)
        if kind != "warning" or row not in self._warned:
            self.rows.append(row)
        if kind == "warning":
            self._warned.add(row)

    def second_generation(self, path: str, value: object, place: Place) -> None:
        """Note that a field is one of the builder that speaks the second generation of the API."""
        if not self.speaks_v2:
            note = "of the builder for the second generation of the API: pulumi config set hyperone:api_version v2"
            self.row("read", path, value, place, note)
        self.speaks_v2 = True

    def fault(self, place: Place, message: str) -> None:
        """Note what is wrong at a place."""
        fault = ImportFault(place.file, place.line, place.column, place.text, message)
        if len(self.faults) < MAX_FAULTS and fault not in self.faults:
            self.faults.append(fault)

    def masked_rows(self) -> tuple[ReportRow, ...]:
        """Return the rows without any secret and without characters that a terminal would obey."""
        return tuple(
            replace(row, path=self._clean(row.path), value=self._clean(row.value), note=self._clean(row.note))
            for row in self.rows
        )

    def masked_faults(self) -> tuple[ImportFault, ...]:
        """Return the faults, cleaned in the same way."""
        return tuple(
            replace(fault, text=self.mask(fault.text), message=self._clean(fault.message)) for fault in self.faults
        )

    def _clean(self, text: str) -> str:
        return printable(self.mask(text))

    def mask(self, text: str) -> str:
        """Replace the secrets in `text`, also one that the end of a shortened text cuts off."""
        self._masker.learn(self.secrets)
        return self._masker.text(text)

    def _hidden(self, value: object) -> object:
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, dict):
            return {key: self._hidden(item) for key, item in value.items()}
        return [self._hidden(item) for item in value] if isinstance(value, list) else value


MAX_FAULTS = 200
"""Faults that are reported at most."""


def printable(text: str) -> str:
    """Write characters that are not printable, such as line ends and escapes for terminals, as Python escapes."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def shown(value: object) -> str:
    """Write a value in one short line."""
    text = printable(value if isinstance(value, str) else _plain(value))
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _plain(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {shown(item)}" for key, item in list(value.items())[:5]) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(shown(item) for item in _first(value)) + "]"
    return str(value)


def _first(items: Iterable[object]) -> list[object]:
    listed = list(items)
    return listed if len(listed) <= 5 else [*listed[:5], "…"]


def join_key(path: str, key: str) -> str:
    """Append a key to a path, as `pulumi config set --path` reads it."""
    if PLAIN_KEY.fullmatch(key):
        return f"{path}.{key}" if path else key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{escaped}"]'
