"""Images that are built straight from a Packer template: the key `packer` of an image's stack config."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi_hyperone.provider.foundation.faults import Fault, join_path, shown
from pulumi_hyperone.provider.foundation.masking import MASK
from pulumi_hyperone.provider.foundation.secret_forms import SHORTEST
from pulumi_hyperone.settings import TemplateOrigin
from pulumi_hyperone.settings.load import merged_options

if TYPE_CHECKING:  # loaded once there is a template to read
    from pulumi_hyperone.packer.result import ImportedImage, ImportResult

TEMPLATE, VARIABLES, VAR_FILES, ONLY, EXCEPT = KEYS = ("packer", "variables", "var_files", "only", "except")
"""Keys of an image's stack config that say which template to read, and how: Packer's command line."""
_ENVIRONMENT = {"token": "HYPERONE_TOKEN", "api_url": "HYPERONE_API_URL"}


@dataclass(frozen=True)
class _Source:
    """What one image took from a template: the import it belongs to, and the options that the entry put over it."""

    image: ImportedImage
    result: ImportResult
    own: frozenset[str]

    @property
    def origin(self) -> TemplateOrigin:
        secret = {re.split(r"[.\[]", path, maxsplit=1)[0] for path in self.image.secrets}
        return TemplateOrigin(self.image.builder, frozenset(secret) - self.own, tuple(sorted(self.result.secrets)))


@dataclass
class PackerImages:
    """What became of the entries of `images`: plain ones as they are, those with `packer` as the template's images."""

    images: object
    faults: list[Fault] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    _sources: dict[str, _Source] = field(default_factory=dict)
    _unreadable: set[str] = field(default_factory=set)

    @property
    def origins(self) -> dict[str, TemplateOrigin]:
        """By image: the template's name for the build, and what in it is secret."""
        return {name: source.origin for name, source in self._sources.items()}

    def located(self, faults: list[Fault]) -> list[Fault]:
        """Return the faults that settings had, with the template's file, line and column where they come from there.

        Faults that only follow from one of the template's own are left out; no secret of the template is shown.
        """
        found = []
        for fault in faults:
            name = fault.path.removeprefix("images.").split(".", 1)[0]
            if name in self._unreadable and fault.path.startswith("images."):
                continue
            source = self._sources.get(name)
            new = _located(fault, f"images.{name}", source) if source else fault
            found += [new] if new else []
        return found


def image_name(template: Path) -> str:
    """The name that a template's file or folder gives to an image."""
    stem = template.name.removesuffix(".hcl").removesuffix(".json").removesuffix(".pkr")
    return re.sub(r"[^A-Za-z0-9_-]+", "-", stem).strip("-_")[:50] or "image"


def packer_images(images: object, folder: Path, account: Mapping[str, Any]) -> PackerImages:
    """Put the images of Packer templates in the place of the entries that name one.

    `folder` is where relative paths are seen from; `account` is the stack's `hyperone:` settings, since what a template
    says of those has no effect and is warned about. An entry's other options go over those of the template. Several
    builders become several images `<key>-<builder>`.
    """
    found = PackerImages(images)
    if not isinstance(images, Mapping):
        return found
    expanded: dict[Any, object] = {}
    for name, options in images.items():
        if not isinstance(options, Mapping) or TEMPLATE not in options:
            made: dict[Any, object] = {name: options}
        else:
            made = _from_template(str(name), options, folder, account, found)
        for key in made:
            if (key != name and key in images) or (key in expanded and key not in images):
                found.faults.append(Fault(join_path("images", str(name)), f"there is another image named {key}"))
        expanded |= made
    found.images = expanded
    return found


def _from_template(
    name: str, options: Mapping[Any, Any], folder: Path, account: Mapping[str, Any], found: PackerImages
) -> dict[Any, object]:
    path = join_path("images", name)
    own = {key: value for key, value in options.items() if key not in KEYS}
    wrong = _argument_faults(options, path)
    if wrong:
        found.faults += wrong
        return _stand_in(name, found)
    from pulumi_hyperone.packer.importer import import_template  # noqa: PLC0415 - most stacks have no template to read

    result = import_template(
        Path(options[TEMPLATE]),
        variables=options.get(VARIABLES) or {},
        var_files=[Path(one) for one in _listed(options.get(VAR_FILES))],
        only=_listed(options.get(ONLY)),
        except_=_listed(options.get(EXCEPT)),
        cwd=folder,
    )
    found.faults += [Fault(join_path(path, TEMPLATE), str(fault)) for fault in result.faults]
    found.warnings += [warning for warning in _warnings(result, path, account) if warning not in found.warnings]
    if not result.images:
        return _stand_in(name, found)
    made: dict[Any, object] = {}
    for image in result.images.values():
        key = name if len(result.images) == 1 else f"{name}-{image.name}"
        made[key] = merged_options(image.options, own)
        found._sources[key] = _Source(image, result, frozenset(map(str, own)))
    return made


def _stand_in(name: str, found: PackerImages) -> dict[Any, object]:
    """Keep the name of an image whose template cannot be read, so that references to it are no faults of their own."""
    found._unreadable.add(name)
    return {name: None}


def _argument_faults(options: Mapping[Any, Any], path: str) -> list[Fault]:
    faults = []
    template, variables = options[TEMPLATE], options.get(VARIABLES)
    if not _is_path(template):
        faults.append(Fault(join_path(path, TEMPLATE), f"must be the path of a template, not {shown(template)}"))
    if variables is not None and not isinstance(variables, Mapping):
        message = f"must be a mapping of variables to values, not {shown(variables)}"
        faults.append(Fault(join_path(path, VARIABLES), message))
    for key in (VAR_FILES, ONLY, EXCEPT):
        value = options.get(key)
        if value is not None and not all(_is_path(one) for one in _listed(value)):
            faults.append(Fault(join_path(path, key), f"must be a list of strings, not {shown(value)}"))
    return faults


def _is_path(value: object) -> bool:
    return isinstance(value, str) and bool(value) and "\0" not in value


def _listed(value: object) -> list[Any]:
    """One text counts as a list of one."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def _warnings(result: ImportResult, path: str, account: Mapping[str, Any]) -> Iterator[str]:
    """Say what a template holds that has no effect here, or another one than it seems."""
    for row in result.report:
        place = f"{path}: {row.file}:{row.line}:{row.column}: {row.path}"
        option = row.path.rsplit(".", 1)[-1]
        if row.kind in {"dropped", "warning"}:
            yield f"{place}: {'has no effect: ' if row.kind == 'dropped' else ''}{row.note}"
        elif row.kind == "read" and option in result.provider and not _said_elsewhere(option, account):
            yield f"{place}: {row.note}"

    if result.provider.get("api_version") == "v2" and not _chooses_generation(account):
        command = "`pulumi config set hyperone:api_version v2`"
        yield f"{path}: the template is for the second generation of the API: {command}"


def _chooses_generation(account: Mapping[str, Any]) -> bool:
    """Whether the stack or the environment says which generation of the API to use."""
    options = ("api_version", "api_url", "passport_file")
    return any(account.get(option) or os.environ.get(f"HYPERONE_{option.upper()}") for option in options)


def _said_elsewhere(option: str, account: Mapping[str, Any]) -> bool:
    """Whether the stack or the environment has an option of the account anyway."""
    return bool(account.get(option) or os.environ.get(_ENVIRONMENT.get(option, "")))


def _located(fault: Fault, path: str, source: _Source) -> Fault | None:
    """Say where in the template a fault of the settings is; None when the template's own faults say it already."""
    message = _hidden(fault, path, source)
    option = fault.path.removeprefix(path).removeprefix(".")
    if re.split(r"[.\[]", option, maxsplit=1)[0] in source.own:
        return Fault(fault.path, message)
    place = next((source.image.places[one] for one in _prefixes(option) if one in source.image.places), None)
    if place is None:
        return None if source.result.faults else Fault(fault.path, message)
    if any((fault.file, fault.line) == (place.file, place.line) for fault in source.result.faults):
        return None
    return Fault(fault.path, f"{place.file}:{place.line}:{place.column}: {message}")


def _prefixes(option: str) -> Iterator[str]:
    """An option's path, then the paths it is in: `a[0].b`, `a[0]`, `a`."""
    while option:
        yield option
        option = option[: max(option.rfind("."), option.rfind("["), 0)]


def _hidden(fault: Fault, path: str, source: _Source) -> str:
    """Take the template's secrets out of a message, also one that is quoted and cut off there."""
    message = fault.message
    for secret in sorted(source.result.secrets, key=len, reverse=True):
        if len(secret) >= SHORTEST or (secret and fault.path.removeprefix(f"{path}.") in source.image.secrets):
            message = message.replace(shown(secret), MASK).replace(secret, MASK)
    return message
