"""The record as a file: CycloneDX 1.6, written through its library and read back for comparisons."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.records.folder import RECORD, RecordFolder
from pulumi_hyperone.provider.records.stock import File, Key, Package, Stock, is_plain

if TYPE_CHECKING:
    from cyclonedx.model import Property
    from cyclonedx.model.component import Component

PREFIX = "hyperone:"
"""What names of our properties begin with."""
LISTS = ("kernels", "services", "users", "sudoers", "ports", "unseen", "cut")
"""Fields of a stock that are lists of texts, each text a property of the image: `hyperone:services`."""
FORMAT = {
    "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
    "bomFormat": "CycloneDX",
    "specVersion": "1.6",
}
FILE = "file"
KEYS = ("host-key", "authorized-key", "certificate")
_PURL_TYPES = {"dpkg": "deb", "rpm": "rpm", "apk": "apk", "pacman": "alpm", "pip": "pypi", "npm": "npm"}


def to_cyclonedx(stock: Stock, *, image: str, build_id: str) -> bytes:
    """The record of the image `image` (its key in the stack) as JSON in UTF-8.

    Packages are components. Files and keys are properties of the image: for each component the library looks through
    all others, which takes half a minute for the files of a common server.
    """
    # Loading the library takes a quarter of a second, which only builds with a record spend.
    from cyclonedx.model.bom import Bom  # noqa: PLC0415
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from cyclonedx.model.dependency import Dependency  # noqa: PLC0415
    from cyclonedx.schema.schema import SchemaVersion1Dot6  # noqa: PLC0415

    root = Component(
        name=image, type=ComponentType.PLATFORM, version=build_id, bom_ref="image", properties=_about(stock)
    )
    parts = [_package(package, number, stock) for number, package in enumerate(stock.packages)]
    if stock.system:
        system = Component(
            name=stock.system_id or stock.system,
            version=stock.system_version or None,
            description=stock.system,
            type=ComponentType.OPERATING_SYSTEM,
            bom_ref="system",
        )
        parts.append(system)
    bom = Bom(serial_number=uuid.UUID(build_id), components=parts)
    bom.metadata.component = root
    bom.dependencies = [Dependency(root.bom_ref, [Dependency(part.bom_ref) for part in parts])]
    # The library's outputter looks through all dependencies for each component: half a minute for 5,000 packages.
    content = json.loads(bom.as_json(view_=SchemaVersion1Dot6))  # type: ignore[attr-defined]
    return json.dumps({**FORMAT, **content}, indent=1).encode()


def _about(stock: Stock) -> list[Property]:
    """Everything but packages, as properties: `hyperone:file` holds state, SHA-256 or `-`, and path."""
    texts = [(name, one) for name in LISTS for one in getattr(stock, name)]
    texts += [("kernel", stock.kernel)] if stock.kernel else []
    texts += [(FILE, f"{file.state} {file.sha256 or '-'} {file.path}") for file in stock.files]
    texts += [(key.kind, json.dumps([key.path, key.fingerprint, key.detail])) for key in stock.keys]
    return _properties(texts)


def _properties(texts: Iterable[tuple[str, str]]) -> list[Property]:
    from cyclonedx.model import Property  # noqa: PLC0415

    return [Property(name=PREFIX + name, value=value) for name, value in texts if value]


def _package(package: Package, number: int, stock: Stock) -> Component:
    from cyclonedx.model.component import Component, ComponentType  # noqa: PLC0415
    from packageurl import PackageURL  # noqa: PLC0415

    qualifiers = {"arch": package.architecture} if package.architecture else {}
    of_system = package.manager not in {"pip", "npm"}
    if of_system and stock.system_id:
        qualifiers["distro"] = f"{stock.system_id}-{stock.system_version}".rstrip("-")
    namespace, _, name = package.name.rpartition("/") if package.manager == "npm" else ("", "", package.name)
    purl = PackageURL(
        _PURL_TYPES[package.manager],
        (stock.system_id if of_system else namespace) or None,
        name,
        package.version,
        qualifiers,
    )
    return Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=f"package-{number}",
        properties=_properties(
            [("manager", package.manager), ("architecture", package.architecture), ("source", package.source)]
        ),
    )


def from_cyclonedx(content: bytes, where: str) -> Stock:
    """Read a record that `to_cyclonedx` wrote. Raises SettingsError naming `where` for what is none.

    One with a text that a terminal would act on is none: whoever put it there wrote it by hand.
    """
    try:
        document = json.loads(content)
        about = document["metadata"]["component"]
        texts = list(_texts(about))
        components = [(one, dict(_texts(one))) for one in document.get("components", [])]
        systems = [one for one, _ in components if one["type"] == "operating-system"]
        system: Mapping[str, Any] = systems[0] if systems else {}
        lists = {name: tuple(value for key, value in texts if key == name) for name in LISTS}
        return Stock(
            system=_text(system.get("description", "")),
            system_id=_text(system.get("name", "")),
            system_version=_text(system.get("version", "")),
            kernel=dict(texts).get("kernel", ""),
            packages=tuple(sorted(_packages(components))),
            files=tuple(sorted(_files(texts))),
            keys=tuple(sorted(_keys(texts))),
            **lists,
        )
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        raise SettingsError(f"{where} is not a record of an image; it was changed since it was written") from None


def stock_in(folder: RecordFolder) -> Stock:
    """The record in an image's folder. Raises SettingsError."""
    return from_cyclonedx(folder.read(RECORD), str(folder.file(RECORD)))


Components = Iterable[tuple[Mapping[str, Any], Mapping[str, str]]]


def _text(value: Any) -> str:
    text = str(value)
    if not is_plain(text):
        raise ValueError
    return text


def _texts(component: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for one in component.get("properties", []):
        yield one["name"].removeprefix(PREFIX), _text(one["value"])


def _packages(components: Components) -> Iterator[Package]:
    for one, about in components:
        if one["type"] == "library":
            rest = (about.get("architecture", ""), about.get("source", ""))
            yield Package(about["manager"], _text(one["name"]), _text(one["version"]), *rest)


def _files(texts: Iterable[tuple[str, str]]) -> Iterator[File]:
    for name, value in texts:
        if name == FILE:
            state, digest, path = value.split(" ", 2)
            yield File(path, state, digest.strip("-"))


def _keys(texts: Iterable[tuple[str, str]]) -> Iterator[Key]:
    for kind, value in texts:
        if kind in KEYS:
            path, fingerprint, detail = map(_text, json.loads(value))
            yield Key(kind, path, fingerprint, detail)
