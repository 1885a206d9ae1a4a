"""Installed packages and the files that they own, from the databases of package managers and from folders of pip, npm.

The databases are read as they are, so no tool has to be on the machine, but for rpm's, which is binary.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pulumi_hyperone.provider.records.sections import Sections
from pulumi_hyperone.provider.records.stock import Package, Show

_MERGED = (b"/bin/", b"/sbin/", b"/lib/", b"/lib32/", b"/lib64/", b"/libx32/")
"""Folders that are links into /usr in a merged system, while packages may name them."""
_DIST = re.compile(rb".*/([^/]+?)-([^/-]+)\.(?:dist|egg)-info(?:/METADATA|/PKG-INFO)?")
_EGG = re.compile(rb"(-py[0-9.]+)$")


@dataclass
class Installed:
    """`owned` are paths of packages' files, `changed` those that differ."""

    packages: list[Package] = field(default_factory=list)
    owned: set[bytes] = field(default_factory=set)
    changed: set[bytes] = field(default_factory=set)
    managers: list[str] = field(default_factory=list)

    def own(self, paths: Iterable[bytes]) -> None:
        """Take over paths, under both names that a merged /usr gives them."""
        for path in paths:
            self.owned.add(path)
            if path.startswith(_MERGED):
                self.owned.add(b"/usr" + path)


def installed(sections: Sections, show: Show) -> Installed:
    """Read all package managers that were found; `show` turns names into texts."""
    found = Installed()
    for name, reader in (("dpkg-status", _dpkg), ("apk", _apk), ("pacman", _pacman), ("rpm", _rpm)):
        if sections[name].strip():
            found.managers.append(name.removesuffix("-status"))
            reader(found, sections, show)
    verdicts = (line.rpartition(b": ") for line in sections.lines("changed"))
    found.changed = {b"/" + path for path, _, verdict in verdicts if verdict == b"FAILED"}
    _pip(found, sections, show)
    _npm(found, sections, show)
    found.packages = sorted({one for one in found.packages if _is_named(one) and one.version})
    return found


def _is_named(package: Package) -> bool:
    """Whether something is left of the name in a package URL, which leaves out slashes and blanks at its ends."""
    return bool(package.name.rpartition("/")[2].strip())


def _dpkg(found: Installed, sections: Sections, show: Show) -> None:
    for fields in _stanzas(sections.lines("dpkg-status")):
        name, version = fields.get(b"package", b""), fields.get(b"version", b"")
        if not fields.get(b"status", b"").endswith(b" installed"):
            continue
        source = fields.get(b"source") or name
        if b"(" not in source:
            source = source + b" (" + version + b")"
        architecture = fields.get(b"architecture", b"")
        found.packages.append(Package("dpkg", *map(show, (name, version, architecture, source))))
        found.own(line.split()[0] for line in fields.get(b"conffiles", b"").split(b"\n") if line.strip())
    found.own(sections.lines("dpkg-files"))


def _stanzas(lines: Iterable[bytes]) -> Iterator[dict[bytes, bytes]]:
    """Paragraphs of a Debian control file: field in lower case → value, lines that belong to it joined by newlines."""
    fields: dict[bytes, bytes] = {}
    last = b""
    for line in lines:
        if not line.strip():
            if fields:
                yield fields
            fields, last = {}, b""
        elif line[:1] in b" \t":
            if last == b"conffiles":
                fields[last] += b"\n" + line
        else:
            name, _, value = line.partition(b":")
            last = name.lower()
            fields[last] = value.strip()
    if fields:
        yield fields


def _apk(found: Installed, sections: Sections, show: Show) -> None:
    fields: dict[bytes, bytes] = {}
    folder = b""
    for line in [*sections.lines("apk"), b""]:
        key, _, value = line.partition(b":")
        if not line:
            if fields:
                wanted = [fields.get(one, b"") for one in (b"P", b"V", b"A", b"o")]
                found.packages.append(Package("apk", *map(show, wanted)))
            fields = {}
        elif key == b"F":
            folder = b"/" + value
        elif key == b"R":
            found.own([folder + b"/" + value])
        else:
            fields.setdefault(key, value)


def _pacman(found: Installed, sections: Sections, show: Show) -> None:
    name, fields = b"", dict[bytes, bytes]()
    for line in [*sections.lines("pacman"), b"%NAME%"]:
        if line == b"%NAME%" and fields:
            wanted = [fields.get(one, b"") for one in (b"%NAME%", b"%VERSION%", b"%ARCH%", b"%BASE%")]
            found.packages.append(Package("pacman", *map(show, wanted)))
            fields = {}
        if re.fullmatch(rb"%[A-Z0-9]+%", line):
            name = line
        elif line and name:
            fields.setdefault(name, line)
    found.own(b"/" + line for line in sections.lines("pacman-files") if line and not line.startswith(b"%"))


def _rpm(found: Installed, sections: Sections, show: Show) -> None:
    for line in sections.lines("rpm"):
        parts = line.split(b"\t")
        if len(parts) == 5 and parts[0] != b"gpg-pubkey":
            name, epoch, version, architecture, source = parts
            whole = version if epoch in {b"", b"0", b"(none)"} else epoch + b":" + version
            found.packages.append(Package("rpm", *map(show, (name, whole, architecture, source))))
    found.own(sections.lines("rpm-files"))


def _pip(found: Installed, sections: Sections, show: Show) -> None:
    """What pip installed; packages of the distribution have their metadata too, which a package owns."""
    for path in sections.files():
        if b"-info" in path and (match := _DIST.fullmatch(path)) and path not in found.owned:
            found.packages.append(Package("pip", show(match[1]), show(_EGG.sub(b"", match[2]))))


def _npm(found: Installed, sections: Sections, show: Show) -> None:
    for path, content in sections.texts("npm"):
        if path in found.owned:
            continue
        try:
            manifest = json.loads(content)
        except (ValueError, RecursionError):
            continue
        if isinstance(manifest, dict):
            name, version = manifest.get("name"), manifest.get("version")
            if isinstance(name, str) and isinstance(version, str):
                texts = (text.encode(errors="surrogatepass") for text in (name, version))
                found.packages.append(Package("npm", *map(show, texts)))
