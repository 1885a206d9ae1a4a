"""Renders the texts of one build's options and follows secrets and volatile values through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_hyperone.packer.located import Located, Map
from pulumi_hyperone.packer.redaction import redacted
from pulumi_hyperone.packer.result import SHORTEST, Findings, Place, join_key
from pulumi_hyperone.settings.template import Rendered, TemplateContext, TemplateError, nearest_name, render

SECRET_OPTIONS = frozenset({"token", "ssh_password", "ssh_bastion_password", "ssh_proxy_password", "winrm_password"})
"""Options that are secrets whatever their value rests on."""

_BUILD_FIELDS = frozenset({"ID", "Host", "Port", "User", "ConnType", "SSHPublicKey", "SSHPrivateKey", "Password"})


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
class Texts:
    """Renders texts in one context; `sensitive` are the names of the secret variables.

    `hidden` are the values of all variables with HIDDEN for those.
    """

    context: TemplateContext
    findings: Findings
    sensitive: frozenset[str] = frozenset()
    hidden: Mapping[str, Rendered] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)

    def value(self, located: Located, path: str, fields: frozenset[str] = frozenset(), *, lenient: bool = False) -> Any:
        """Return the plain value with all its texts rendered.

        `fields` are the fields of the dot that exist at run time. `lenient` is for provisioners: there Packer knows the
        data of the build under the dot as well, and writes `<no value>` for anything else.
        """
        value = located.value
        self.marks.places[path] = located.place
        if isinstance(value, dict):
            return self._map(value, path, fields, lenient=lenient)
        if isinstance(value, list):
            return [self.value(item, f"{path}[{n}]", fields, lenient=lenient) for n, item in enumerate(value)]
        rendered = self._render(value, located.place, path, fields, lenient=lenient) if isinstance(value, str) else None
        final = value if rendered is None else rendered.text
        if rendered and rendered.volatile:
            self.marks.volatile.add(path)
        if located.sensitive or self._secret(path, final, rendered):
            self._mark_secret(located, path, final, fields, lenient=lenient)
        return final

    def _map(self, items: Map, path: str, fields: frozenset[str], *, lenient: bool) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for written, item in items.items():
            key = self._key(written, item, path)
            if key in made:
                self.findings.fault(item.place, f'{path}: the key "{key}" comes up twice')
            elif key is not None:
                made[key] = self.value(item, join_key(path, key), fields, lenient=lenient)
        return made

    def _key(self, written: str, item: Located, path: str) -> str | None:
        """Return the key that a text stands for, None with a fault."""
        rendered = self._render(written, item.place, path, frozenset(), lenient=False)
        if rendered.volatile or rendered.deferred:
            message = f"a key of {path} is known to the build only; give it a fixed text"
        elif rendered.uses & self.sensitive or (item.sensitive and self._known_secret(rendered.text)):
            message = f"a key of {path} holds a secret; put it into the value"
        elif not rendered.text.isprintable():
            message = f"a key of {path} must be one line without control characters"
        else:
            return rendered.text
        self.findings.fault(item.place, message)
        return None

    def _mark_secret(
        self, located: Located, path: str, final: object, fields: frozenset[str], *, lenient: bool
    ) -> None:
        self.marks.secrets.add(path)
        if not isinstance(final, str) or not final:
            return
        shown = None if _option(path) in SECRET_OPTIONS else self._redacted(located, final, fields, lenient=lenient)
        if shown is not None:
            self.marks.redacted[path] = shown
        self.findings.secrets.add(final)

    def _redacted(self, located: Located, final: str, fields: frozenset[str], *, lenient: bool) -> str | None:
        """Return the text with PLACEHOLDER for what is secret in it, None when that cannot be told apart."""
        written = located.redacted if located.sensitive else located.value
        if written is None:
            return None
        absent = _Absent(fields | _BUILD_FIELDS if lenient else None)
        context = replace(self.context, variables=self.hidden, data=absent, data_fields=None if lenient else fields)
        try:
            text = render(written, context, keep_data=True).text if "{{" in written else written
        except TemplateError:
            return None
        return redacted(text, self.findings.secrets - {final})

    def _secret(self, path: str, value: object, rendered: Rendered | None) -> bool:
        if _option(path) in SECRET_OPTIONS and value not in ("", None):
            return True
        if rendered is None:
            return False
        return bool(rendered.uses & self.sensitive) or self._known_secret(rendered.text)

    def _known_secret(self, text: str) -> bool:
        return any(secret in text for secret in self.findings.secrets if len(secret) >= SHORTEST)

    def _render(self, text: str, place: Place, path: str, fields: frozenset[str], *, lenient: bool) -> Rendered:
        if "{{" not in text:
            return Rendered(text)
        absent = _Absent(fields | _BUILD_FIELDS if lenient else None)
        context = replace(self.context, data=absent, data_fields=None if lenient else fields)
        try:
            rendered = render(text, context, keep_data=True)
        except TemplateError as error:
            for fault in error.faults:
                self.findings.fault(within(place, fault.line, fault.column, fault.text), fault.message)
            return Rendered("")
        self.findings.used |= rendered.uses
        for name in sorted(absent.asked):
            note = f"{{{{.{name}}}}} has no value here: it renders as the text <no value>, as in Packer"
            self.findings.row("warning", path, text, place, note)
        for name in sorted(rendered.missing):
            near = nearest_name(name, self.context.variables)
            hint = f' - did you mean "{near}"?' if near else ""
            note = f'no variable "{name}" is defined: it renders as nothing, as in Packer{hint}'
            self.findings.row("warning", path, text, place, note)
        return rendered


def _option(path: str) -> str:
    return path.rsplit(".", 1)[-1]


def within(place: Place, line: int, column: int, text: str) -> Place:
    """Return the place of a fault inside a quoted text that begins at `place`."""
    if line == 1 and place.text[:1] == '"':
        return replace(place, column=place.column + column, text=text or place.text)
    return replace(place, text=text or place.text)


class _Absent(Mapping[str, str]):
    """Gives `<no value>` for every name that is not known at run time either; notes who asked."""

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
