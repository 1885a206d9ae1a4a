"""Take stock of a machine in one round over SSH; nothing is written there."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from pulumi_hyperone.provider.records import access
from pulumi_hyperone.provider.records.packages import Installed, installed
from pulumi_hyperone.provider.records.root_script import answer, as_root_if_possible
from pulumi_hyperone.provider.records.sections import LARGEST, MOST_LINES, Sections
from pulumi_hyperone.provider.records.stock import File, Show, Stock, plain
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.machine import Machine

T = TypeVar("T")

SEARCH, COMPARE = 5, 1.5
"""Seconds that a search on the machine may take (twice for the list of files), and comparing files with checksums."""
TIMEOUT = 180.0
"""Seconds after which the machine is given up."""
MARGIN = 2**16
"""Bytes that may stand before and after the answer, such as a greeting."""
MOST = 5000
"""Things of one kind that are kept, and files in one state."""
MOST_PACKAGES = 20_000
"""Packages that are kept; a large server has a thousand."""


def take_stock(machine: Machine, mask: Callable[[str], str] = str) -> Stock:
    """Say what is in the machine, or in the chroot; `mask` hides secrets. Raises SshError when it does not answer."""
    mark = f"--{secrets.token_hex(16)}"
    where = "chroot" if isinstance(machine, ChrootMachine) else "machine"
    command = as_root_if_possible("stock.sh", mark, where, str(SEARCH), str(COMPARE), str(LARGEST))
    what, about = "taking stock of the machine", "its content"
    found = answer(machine, command, what, about, largest=LARGEST + MARGIN, timeout=TIMEOUT)
    return read_stock(Sections(found, mark), partial(plain, mask=mask), in_chroot=where == "chroot")


def read_stock(sections: Sections, show: Show, *, in_chroot: bool) -> Stock:
    """Read the sections of stock.sh; `show` turns names of the machine into texts."""
    system = dict(_assignments(sections.lines("os-release"), show))
    found = installed(sections, show)
    cut: list[str] = []

    def some(name: str, things: Sequence[T], most: int = MOST) -> tuple[T, ...]:
        if len(things) > most:
            cut.append(f"{name}: {most} of {len(things)} are listed")
        return tuple(things[:most])

    return Stock(
        system=system.get("PRETTY_NAME") or system.get("NAME", ""),
        system_id=system.get("ID", ""),
        system_version=system.get("VERSION_ID", ""),
        kernel=show(sections["kernel"].strip()),
        kernels=tuple(sorted(show(path.rpartition(b"/")[2]) for path in sections.names("modules"))),
        packages=some("packages", found.packages, MOST_PACKAGES),
        services=some("services", access.services(sections, show)),
        users=some("users", access.users(sections, show)),
        sudoers=some("sudoers", access.sudoers(sections, show)),
        ports=some("ports", access.ports(sections)),
        files=tuple(_files(found, sections, show, some)),
        keys=some("keys", access.keys(sections, show)),
        unseen=tuple(_unseen(found, sections, in_chroot=in_chroot)),
        cut=(*cut, *_cut(sections)),
    )


def _assignments(lines: list[bytes], show: Show) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, equals, value = line.partition(b"=")
        if equals and name.replace(b"_", b"").isalnum():
            yield name.decode(errors="replace"), show(value.strip().strip(b"\"'"))


def _files(found: Installed, sections: Sections, show: Show, some: Callable[..., tuple[bytes, ...]]) -> Iterator[File]:
    """Files of /etc and /usr that no package owns or that differ, all configuration, and what is setuid anywhere."""
    modes = sections.files()
    every = {path for path in modes if path.startswith((b"/etc/", b"/usr/"))}
    paths = {
        "unowned": {path for path in every - found.owned if not _compiled(path, found)} if found.managers else set(),
        "changed": found.changed,
        "configuration": {path for path in every if path.startswith(b"/etc/")},
        "setuid": {path for path, mode in modes.items() if mode & 0o6000},
    }
    digests = sections.digests("etc-sha256")
    for state, every_path in paths.items():
        for path in some(f"{state} files", sorted(every_path)):
            yield File(show(path), state, digests.get(path, "") if state == "configuration" else "")


def _compiled(path: bytes, found: Installed) -> bool:
    """Whether a file is what Python made of one that a package owns."""
    folder, cache, name = path.rpartition(b"/__pycache__/")
    return bool(cache) and name.endswith(b".pyc") and folder + b"/" + name.split(b".")[0] + b".py" in found.owned


def _unseen(found: Installed, sections: Sections, *, in_chroot: bool) -> Iterator[str]:
    if "rpm-unseen" in sections:
        yield "packages: rpm cannot read its database, as on a disk that is read-only"
    elif not found.managers:
        yield "which package owns a file: there is no database of dpkg, rpm, apk or pacman"
    if sections["begin"].strip() != b"0":
        yield "what only root may read: the login is not root and sudo asks for a password or is missing"
    if "sudoers-unseen" in sections:
        yield "rules of sudo: /etc/sudoers cannot be read"
    if in_chroot:
        yield "listening ports: nothing runs in a chroot"


def _cut(sections: Sections) -> Iterator[str]:
    """Say what sections lack that were ended early."""
    for name in sorted(set(sections.cut)):
        if name == "changed":
            order = "those that changed last first"
            yield f"{name} files: not all were compared with their packages in {COMPARE} s, {order}"
        else:
            seconds = 2 * SEARCH if name == "files" else SEARCH
            yield f"{name}{' files' if name == 'setuid' else ''}: searching took longer than {seconds} s"
    for name in sorted(sections.long):
        yield f"all after {MOST_LINES} lines of {name}"
    if sections.cut_after:
        yield f"all after {sections.cut_after}: there is more than {LARGEST // 2**20} MiB to tell"
