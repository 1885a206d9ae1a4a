"""Renders the texts of one build's options and follows secrets and volatile values through them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pulumi_hyperone.packer.located import Located
from pulumi_hyperone.packer.result import SHORTEST, Findings, Place
from pulumi_hyperone.settings.template import Rendered, TemplateContext, TemplateError, nearest_name, render

SECRET_OPTIONS = frozenset({"token", "ssh_password", "ssh_bastion_password", "ssh_proxy_password", "winrm_password"})
"""Options that are secrets whatever their value rests on."""

_BUILD_FIELDS = frozenset({"ID", "Host", "Port", "User", "ConnType", "SSHPublicKey", "SSHPrivateKey", "Password"})


@dataclass
class Marks:
    """Paths of one image's options that hold secrets or volatile values, and where each stands in the template."""

    secrets: set[str] = field(default_factory=set)
    volatile: set[str] = field(default_factory=set)
    places: dict[str, Place] = field(default_factory=dict)


@dataclass
class Texts:
    """Renders texts in one context; `sensitive` are the names of the secret variables."""

    context: TemplateContext
    findings: Findings
    sensitive: frozenset[str] = frozenset()
    marks: Marks = field(default_factory=Marks)

    def value(self, located: Located, path: str, fields: frozenset[str] = frozenset(), *, lenient: bool = False) -> Any:
        """Return the plain value with all its texts rendered.

        `fields` are the fields of the dot that exist at run time. `lenient` is for provisioners: there Packer knows the
        data of the build under the dot as well, and writes `<no value>` for anything else.
        """
        value = located.value
        self.marks.places[path] = located.place
        if isinstance(value, dict):
            return {key: self.value(item, f"{path}.{key}", fields, lenient=lenient) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, f"{path}[{n}]", fields, lenient=lenient) for n, item in enumerate(value)]
        rendered = self._render(value, located.place, path, fields, lenient=lenient) if isinstance(value, str) else None
        final = value if rendered is None else rendered.text
        if rendered and rendered.volatile:
            self.marks.volatile.add(path)
        if located.sensitive or self._secret(path, final, rendered):
            self.marks.secrets.add(path)
            if isinstance(final, str) and final:
                self.findings.secrets.add(final)
        return final

    def _secret(self, path: str, value: object, rendered: Rendered | None) -> bool:
        if path.rsplit(".", 1)[-1] in SECRET_OPTIONS and value not in ("", None):
            return True
        if rendered is None:
            return False
        known = (secret for secret in self.findings.secrets if len(secret) >= SHORTEST)
        return bool(rendered.uses & self.sensitive) or any(secret in rendered.text for secret in known)

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
