"""Renders the texts of one image's options, follows secrets and volatile values through them, and notes each option."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_hyperone.packer import loose_typing
from pulumi_hyperone.packer.located import Located, Map
from pulumi_hyperone.packer.redaction import is_masked, masked, without_secrets, written
from pulumi_hyperone.packer.result import Findings, Place, join_key
from pulumi_hyperone.provider.foundation.masking import MASK
from pulumi_hyperone.provider.foundation.nearest import did_you_mean
from pulumi_hyperone.provider.foundation.secret_forms import SHORTEST
from pulumi_hyperone.settings.template import Rendered, TemplateContext, TemplateError
from pulumi_hyperone.settings.template.functions import BUILD_FIELDS
from pulumi_hyperone.settings.template.renderer import render

SECRET_OPTIONS = frozenset({"token", "ssh_password", "ssh_bastion_password", "ssh_proxy_password", "winrm_password"})
"""Options that are secrets whatever their value rests on."""

_VOLATILE = "differs from build to build: no part of the fingerprint"


@dataclass(frozen=True)
class RunTimeFields:
    """The fields of the dot that have a value at run time.

    In the options of a provisioner (`lenient`) Packer knows the data of the build under the dot as well, and writes
    `<no value>` for anything else; in those of a builder anything else is a fault.
    """

    names: frozenset[str] = frozenset()
    lenient: bool = False


NO_FIELDS = RunTimeFields()


@dataclass
class Marks:
    """Paths of one image's options that hold secrets or volatile values, and where each stands in the template.

    `redacted` has the texts of `secrets` that can be shown but for the secret.
    """

    secrets: set[str] = field(default_factory=set)
    redacted: dict[str, str] = field(default_factory=dict)
    volatile: set[str] = field(default_factory=set)
    places: dict[str, Place] = field(default_factory=dict)


@dataclass
class OptionRenderer:
    """Renders options in one context; `sensitive` are the names of the secret variables.

    `hidden` are the values of all variables with HIDDEN for those.
    """

    context: TemplateContext
    findings: Findings
    sensitive: frozenset[str] = frozenset()
    hidden: Mapping[str, Rendered] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)

    def option(
        self, located: Located, own_path: str, path: str, fields: RunTimeFields = NO_FIELDS, *, kind: str = ""
    ) -> Any:
        """Return the value of an option with all its texts rendered, and note what is special about it.

        `own_path` is its path among the image's options, `path` the one in the template; `kind` is that of the step it
        belongs to, "" for an image's.
        """
        value, marks, name = self.value(located, own_path, fields), self.marks, _last(own_path)
        secret = any(_covers(own_path, marked) for marked in marks.secrets)
        volatile = any(_covers(own_path, marked) for marked in marks.volatile)
        shown = without_secrets(value, own_path, marks.secrets, marks.redacted, MASK)
        note = _VOLATILE if volatile else loose_typing.note(kind, name, value)
        self.findings.row("volatile" if volatile else "read", path, shown, located.place, note)
        for surprise in loose_typing.surprises(kind, name, value):
            self.findings.row("warning", path, "" if secret else value, located.place, surprise)
        if fault := loose_typing.duration_fault(kind, name, value):
            self.findings.fault(located.place, f"{path} {fault}")
        return value

    def value(self, located: Located, path: str, fields: RunTimeFields = NO_FIELDS) -> Any:
        """Return the plain value at `path` with all its texts rendered."""
        value = located.value
        self.marks.places[path] = located.place
        if isinstance(value, dict):
            return self._map(value, path, fields)
        if isinstance(value, list):
            return [self.value(item, f"{path}[{number}]", fields) for number, item in enumerate(value)]
        rendered = self._rendered(value, located.place, path, fields) if isinstance(value, str) else None
        final = value if rendered is None else rendered.text
        if rendered and rendered.volatile:
            self.marks.volatile.add(path)
        if located.sensitive or self._is_secret(path, final, rendered):
            self._mark_secret(located, path, final, fields)
        return final

    def _map(self, items: Map, path: str, fields: RunTimeFields) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for text, item in items.items():
            key = self._key(text, item, path)
            if key in made:
                self.findings.fault(item.place, f'{path}: the key "{key}" appears twice')
            elif key is not None:
                made[key] = self.value(item, join_key(path, key), fields)
        return made

    def _key(self, text: str, item: Located, path: str) -> str | None:
        """Return the key that a text stands for, None with a fault."""
        rendered = self._rendered(text, item.place, path, NO_FIELDS)
        if rendered.volatile or rendered.deferred:
            message = f"a key of {path} depends on the build; use a fixed string"
        elif rendered.uses & self.sensitive or (item.sensitive and self._has_secret(rendered.text)):
            message = f"a key of {path} holds a secret; put it into the value"
        elif not rendered.text.isprintable():
            message = f"a key of {path} must be one line without control characters"
        else:
            return rendered.text
        self.findings.fault(item.place, message)
        return None

    def _is_secret(self, path: str, value: object, rendered: Rendered | None) -> bool:
        if _last(path) in SECRET_OPTIONS and value not in ("", None):
            return True
        return rendered is not None and (bool(rendered.uses & self.sensitive) or self._has_secret(rendered.text))

    def _has_secret(self, text: str) -> bool:
        return any(secret in text for secret in self.findings.secrets if len(secret) >= SHORTEST)

    def _mark_secret(self, located: Located, path: str, final: object, fields: RunTimeFields) -> None:
        self.marks.secrets.add(path)
        if not isinstance(final, str) or not final:
            return
        known = self.findings.secrets - {final}
        public = None if _last(path) in SECRET_OPTIONS else self._public(located, known, fields)
        if public is not None and (shown := written(public)) is not None:
            self.marks.redacted[path] = shown
        if public is None or not is_masked(final, public, known):
            self.findings.secrets.add(final)

    def _public(self, located: Located, known: set[str], fields: RunTimeFields) -> str | None:
        """Return the text with HIDDEN for what is secret in it, None when the two cannot be told apart."""
        text = located.redacted if located.sensitive else located.value
        if text is None:
            return None
        context, _ = self._context(fields)
        try:
            return masked(render(text, replace(context, variables=self.hidden), keep_data=True).text, known)
        except TemplateError:
            return None

    def _context(self, fields: RunTimeFields) -> tuple[TemplateContext, _NoValue]:
        """Return what templates may know, and who will have asked for fields without a value."""
        absent = _NoValue(fields.names | BUILD_FIELDS if fields.lenient else None)
        return replace(self.context, data=absent, data_fields=None if fields.lenient else fields.names), absent

    def _rendered(self, text: str, place: Place, path: str, fields: RunTimeFields) -> Rendered:
        if "{{" not in text:
            return Rendered(text)
        context, absent = self._context(fields)
        try:
            rendered = render(text, context, keep_data=True)
        except TemplateError as error:
            for fault in error.faults:
                self.findings.fault(within(place, fault.line, fault.column, fault.text), fault.message)
            return Rendered("")
        self.findings.used |= rendered.uses
        for name in sorted(absent.asked):
            note = f"{{{{.{name}}}}} has no value here and renders as <no value>, as in Packer"
            self.findings.row("warning", path, text, place, note)
        for name in sorted(rendered.missing):
            near = did_you_mean(name, self.context.variables)
            note = f'no variable "{name}" is defined, so it renders as an empty string, as in Packer{near}'
            self.findings.row("warning", path, text, place, note)
        return rendered


def _last(path: str) -> str:
    return path.rsplit(".", 1)[-1]


def _covers(path: str, marked: str) -> bool:
    return marked == path or marked.startswith((f"{path}.", f"{path}["))


def within(place: Place, line: int, column: int, text: str) -> Place:
    """Return the place of a fault inside a quoted text that begins at `place`."""
    if line == 1 and place.text[:1] == '"':
        return replace(place, column=place.column + column, text=text or place.text)
    return replace(place, text=text or place.text)


class _NoValue(Mapping[str, str]):
    """Gives `<no value>` for every name that has none at run time either; remembers what was asked for."""

    def __init__(self, known: frozenset[str] | None) -> None:
        self._known = known
        self.asked: set[str] = set()

    def __contains__(self, name: object) -> bool:
        return self._known is not None and name not in self._known

    def __getitem__(self, name: str) -> str:
        if name not in self:
            raise KeyError(name)
        self.asked.add(name)
        return "<no value>"

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0
