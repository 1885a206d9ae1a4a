"""Take stock of a machine in one round over SSH; nothing is written there."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from functools import partial

from pulumi_hyperone.provider.foundation.errors import SshError
from pulumi_hyperone.provider.records import access
from pulumi_hyperone.provider.records.packages import Installed, installed
from pulumi_hyperone.provider.records.root_script import as_root_if_possible
from pulumi_hyperone.provider.records.sections import Sections
from pulumi_hyperone.provider.records.stock import File, Show, Stock, plain
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.shell_text import failure_text

SEARCH, COMPARE = 10, 2
"""Seconds that a search on the machine may take, and comparing files with their packages' checksums."""
TIMEOUT = 180.0
"""Seconds after which the machine is given up."""
SECTION = 16 * 2**20
"""Bytes of one section that the machine sends at most, and of all."""
ANSWER = 8 * SECTION
MOST_FILES = 5000
"""Files of one kind that are kept."""
CHECKSUMS = ("dpkg-sums", "rpm-changed")


def take_stock(machine: Machine, mask: Callable[[str], str] = str) -> Stock:
    """Say what is in the machine, or in the chroot; `mask` hides secrets. Raises SshError when it does not answer."""
    mark = f"--{secrets.token_hex(16)}"
    where = "chroot" if isinstance(machine, ChrootMachine) else "machine"
    answer = _ask(machine, as_root_if_possible("stock.sh", mark, where, str(SEARCH), str(COMPARE), str(SECTION)))
    return read_stock(Sections(answer, mark, SECTION), partial(plain, mask=mask), in_chroot=where == "chroot")


def _ask(machine: Machine, command: str) -> bytes:
    answer = bytearray()

    def keep(data: bytes) -> None:
        answer.extend(data)
        if len(answer) > ANSWER:
            raise SshError(f"the machine sent more than {ANSWER // 2**20} MiB about its content")

    code = machine.stream(command, on_stdout=keep, timeout=TIMEOUT)
    if code != 0:
        raise SshError(failure_text("taking stock of the machine", code, ()))
    return bytes(answer)


def read_stock(sections: Sections, show: Show, *, in_chroot: bool) -> Stock:
    """Read the sections of stock.sh; `show` turns names of the machine into texts."""
    system = dict(_assignments(sections.lines("os-release"), show))
    found = installed(sections, show)
    cut: list[str] = []
    files = [*_system_files(found, sections, show, cut), *_files_everywhere(sections, show, cut)]
    return Stock(
        system=system.get("PRETTY_NAME") or system.get("NAME", ""),
        system_id=system.get("ID", ""),
        system_version=system.get("VERSION_ID", ""),
        kernel=show(sections["kernel"].strip()),
        kernels=tuple(sorted(show(path.rpartition(b"/")[2]) for path in sections.names("modules"))),
        packages=tuple(found.packages),
        services=tuple(access.services(sections, show)),
        users=tuple(access.users(sections, show)),
        sudoers=tuple(access.sudoers(sections, show)),
        ports=tuple(access.ports(sections)),
        files=tuple(files),
        keys=tuple(access.keys(sections, show)),
        unseen=tuple(_unseen(found, sections, in_chroot=in_chroot)),
        cut=tuple(cut + [_cut(name, found) for name in sorted(set(sections.cut))]),
    )


def _assignments(lines: list[bytes], show: Show) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, equals, value = line.partition(b"=")
        if equals and name.replace(b"_", b"").isalnum():
            yield name.decode(errors="replace"), show(value.strip().strip(b"\"'"))


def _system_files(found: Installed, sections: Sections, show: Show, cut: list[str]) -> Iterator[File]:
    """Files of /etc and /usr that no package owns or that differ, and all configuration."""
    if found.managers:
        every = {path for path in sections.names("files") if not _compiled(path, found)}
        yield from _limited("unowned", every - found.owned, show, cut)
        yield from _limited("changed", found.changed, show, cut)
    digests = sections.digests("etc-sha256")
    yield from _limited("configuration", set(sections.names("etc-files")), show, cut, digests)


def _files_everywhere(sections: Sections, show: Show, cut: list[str]) -> Iterator[File]:
    yield from _limited("setuid", set(sections.names("suid")), show, cut)


def _limited(
    state: str, paths: set[bytes], show: Show, cut: list[str], digests: dict[bytes, str] | None = None
) -> Iterator[File]:
    if len(paths) > MOST_FILES:
        cut.append(f"{state} files: {MOST_FILES} of {len(paths)} are listed")
    for path in sorted(paths)[:MOST_FILES]:
        yield File(show(path), state, (digests or {}).get(path, ""))


def _compiled(path: bytes, found: Installed) -> bool:
    """Whether a file is what Python made of one that a package owns."""
    folder, cache, name = path.rpartition(b"/__pycache__/")
    return bool(cache) and name.endswith(b".pyc") and folder + b"/" + name.split(b".")[0] + b".py" in found.owned


def _unseen(found: Installed, sections: Sections, *, in_chroot: bool) -> Iterator[str]:
    if not found.managers:
        yield "which package owns a file: there is no database of dpkg, rpm, apk or pacman"
    elif not any(name in sections for name in CHECKSUMS):
        yield f"which files differ from their packages: not told by {', '.join(found.managers)}"
    if sections["begin"].strip() != b"0":
        yield "what only root may read: the login is not root and sudo asks for a password or is not there"
    if "sudoers-unseen" in sections:
        yield "rules of sudo: /etc/sudoers cannot be read"
    if in_chroot:
        yield "listening ports: nothing runs in a chroot"


def _cut(name: str, found: Installed) -> str:
    """Say what a section lacks that was ended early."""
    if name in CHECKSUMS:
        return f"checksums of packages' files: {found.compared} were compared in {COMPARE} s"
    return f"{name}: it was larger than {SECTION // 2**20} MiB, or took longer than {SEARCH} s"
