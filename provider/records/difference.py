"""What changed between two images: as data for difference.json and programs, as lines for people."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar

from pulumi_hyperone.provider.foundation.counting import counted
from pulumi_hyperone.provider.records.stock import File, Key, Package, Stock
from pulumi_hyperone.provider.records.versions import is_later

NAMED = 3
"""How many of each kind the one line names."""
SETS = ("services", "users", "sudoers", "ports", "kernels")
FILES = {"setuid": "setuid", "unowned": "unowned", "changed_files": "changed", "configuration": "configuration"}
"""Field of a difference → state of files."""
OF_A_MACHINE = re.compile(r"/etc/(hostname|hosts|machine-id|ssh/ssh_host_.*)")
"""Files that each machine has for itself, so that another content of theirs is no change of the image."""
Difference = dict[str, Any]
ByName: TypeAlias = defaultdict[tuple[str, str, str], set[str]]
T = TypeVar("T")


def difference(before: Stock, after: Stock) -> Difference:
    """What is new, gone and changed in `after`.

    `packages`: lists `added` and `removed` of {manager, name, architecture, version}, `upgraded` and `downgraded` of
    {…, from, to}. `services`, `users`, `sudoers`, `ports`, `kernels`, `setuid`, `unowned` and `keys`: lists of texts
    `added`, `removed`. `configuration` has `changed` too, `changed_files` are packages' files that differ now.
    `system` is {from, to}, null when it is the same; `not_compared` says what either record lacks. Host keys and the
    files OF_A_MACHINE only come and go.
    """
    cut = (*before.cut, *after.cut)

    def whole(listed: tuple[T, ...], *names: str) -> tuple[T, ...]:
        """The list, empty where either record was cut: what is missing there is no change."""
        return () if any(text.startswith(("all ", *(f"{name}:" for name in names))) for text in cut) else listed

    both = (before, after)
    found: Difference = {
        "system": None if before.system == after.system else {"from": before.system, "to": after.system},
        "packages": _packages(*(_by_name(whole(stock.packages, "packages")) for stock in both)),
    }
    for name in SETS:
        found[name] = _sets(*(whole(getattr(stock, name), name) for stock in both))
    for name, state in FILES.items():
        old, new = (_digests(whole(stock.files, f"{state} files", "files"), state) for stock in both)
        found[name] = _sets(old, new)
        if state == "configuration":
            kept = sorted(path for path in old.keys() & new.keys() if not OF_A_MACHINE.fullmatch(path))
            found[name]["changed"] = [path for path in kept if old[path] and new[path] and old[path] != new[path]]
    found["keys"] = _sets(*(_keys(whole(stock.keys, "keys")) for stock in both))
    found["not_compared"] = sorted({*before.unseen, *after.unseen, *cut})
    return found


def _sets(before: Iterable[str], after: Iterable[str]) -> dict[str, list[str]]:
    old, new = set(before), set(after)
    return {"added": sorted(new - old), "removed": sorted(old - new)}


def _keys(keys: Iterable[Key]) -> Iterator[str]:
    for key in keys:
        which = "" if key.kind == "host-key" else f" {key.fingerprint} {key.detail}"
        yield f"{key.kind} {key.path}{which}".rstrip()


def _digests(files: Iterable[File], state: str) -> dict[str, str]:
    return {file.path: file.sha256 for file in files if file.state == state}


def _packages(old: ByName, new: ByName) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {"added": [], "removed": [], "upgraded": [], "downgraded": []}
    for key in sorted(old.keys() | new.keys()):
        about = dict(zip(("manager", "name", "architecture"), key, strict=True))
        gone, come = sorted(old[key] - new[key]), sorted(new[key] - old[key])
        if len(gone) == len(come) == 1:
            kind = "upgraded" if is_later(come[0], gone[0]) else "downgraded"
            found[kind].append({**about, "from": gone[0], "to": come[0]})
            continue
        found["added"] += [{**about, "version": version} for version in come]
        found["removed"] += [{**about, "version": version} for version in gone]
    return found


def _by_name(packages: Iterable[Package]) -> ByName:
    """Several versions of a package may be there at once, as those of kernels."""
    found: defaultdict[tuple[str, str, str], set[str]] = defaultdict(set)
    for one in packages:
        found[one.manager, one.name, one.architecture].add(one.version)
    return found


def one_line(found: Mapping[str, Any]) -> str:
    """Say the most of it in one line: `3 packages changed (openssl 3.0.15 → 3.0.16 …), nginx added, port 80 opened`."""
    return ", ".join(_phrases(found)) or "nothing that the record holds changed"


def _phrases(found: Mapping[str, Any]) -> Iterator[str]:
    packages = found["packages"]
    if found["system"]:
        yield f"{found['system']['from']} → {found['system']['to']}"
    if moved := [f"{one['name']} {one['from']} → {one['to']}" for kind in MOVES for one in packages[kind]]:
        yield f"{counted(len(moved), 'package')} changed ({_some(moved, ', ')})"
    for kind in ("added", "removed"):
        if names := [one["name"] for one in packages[kind]]:
            few = len(names) <= NAMED
            yield f"{_some(names, ', ')} {kind}" if few else f"{len(names)} packages {kind} ({_some(names, ', ')})"
    for name, noun, words in CHANGES:
        for kind, word in words.items():
            if texts := [_short(name, text) for text in found[name].get(kind, [])]:
                yield f"{noun if len(texts) == 1 else noun + 's'} {_some(texts, ' ')} {word}"


MOVES = ("upgraded", "downgraded")
_COME_AND_GO = {"added": "added", "removed": "removed"}
CHANGES: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("services", "service", {"added": "enabled", "removed": "disabled"}),
    ("ports", "port", {"added": "opened", "removed": "closed"}),
    ("users", "user", _COME_AND_GO),
    ("sudoers", "sudo rule", _COME_AND_GO),
    ("setuid", "setuid file", _COME_AND_GO),
    ("keys", "key", _COME_AND_GO),
    ("kernels", "kernel", _COME_AND_GO),
    ("configuration", "configuration file", {**_COME_AND_GO, "changed": "changed"}),
    ("changed_files", "packaged file", {"added": "altered", "removed": "restored"}),
)
"""What the line tells besides packages: field, noun, and what became of it."""


def _short(name: str, text: str) -> str:
    if name == "ports":
        return text.removeprefix("tcp/")
    if name == "keys":
        return text.partition(" ")[2].partition(" ")[0]
    return text.split(" (", maxsplit=1)[0] if name == "users" else text


def _some(texts: list[str], separator: str) -> str:
    return separator.join(texts[:NAMED]) + (" …" if len(texts) > NAMED else "")


def all_lines(found: Mapping[str, Any]) -> list[str]:
    """All of it, one line each: `+ package nginx 1.22`, `- port tcp/80`, `~ package openssl 3.0.15 → 3.0.16`."""
    packages = found["packages"]
    lines = [f"~ system {found['system']['from']} → {found['system']['to']}"] if found["system"] else []
    lines += [f"~ package {one['name']} {one['from']} → {one['to']}" for kind in MOVES for one in packages[kind]]
    for sign, kind in (("+", "added"), ("-", "removed")):
        lines += [f"{sign} package {one['name']} {one['version']}" for one in packages[kind]]
    for name, noun in (*((name, noun) for name, noun, _ in CHANGES), ("unowned", "file without a package")):
        for sign, kind in (("+", "added"), ("-", "removed"), ("~", "changed")):
            lines += [f"{sign} {noun} {text}" for text in found[name].get(kind, [])]
    return lines + [f"? {text}" for text in found["not_compared"]]
