"""Unmounting a chroot: everything below its path, in reverse, whoever mounted it."""

from __future__ import annotations

import re
import shlex
import time
from collections.abc import Iterator
from typing import NamedTuple

from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.foundation.errors import SshError
from pulumi_hyperone.provider.ssh.chroot import wrap
from pulumi_hyperone.provider.ssh.machine import Machine

# Seconds that processes have between TERM and KILL, and that a busy file system has to become free.
TERM_WAIT = 5.0
BUSY_WAIT = 10.0
POLL = 0.5
# Seconds for looking and ending; writing out what is cached may take as long as any command of the build.
COMMAND_TIMEOUT = 120.0

# One line for each root, folder, program and open file of every process; as few programs as possible, since there are
# thousands of links and a machine may be slow.
_LINKS = "ls -l /proc/[0-9]*/root /proc/[0-9]*/cwd /proc/[0-9]*/exe; ls -l /proc/[0-9]*/fd/*"
ROOT = "root"
_LINK = re.compile(r"/proc/(\d+)/(root|cwd|exe|fd)\S* -> (.*)$")


class Holder(NamedTuple):
    """A process that uses the chroot; `how` is root (it was started inside), cwd, exe or fd."""

    pid: int
    name: str
    how: str

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def unmount_all(machine: Machine, steps: ChrootSteps) -> None:
    """Unmount all that is mounted at or below the chroot's path; processes started inside are ended first.

    Raises SshError naming what is still mounted, why, and the processes that hold it.
    """
    path, points = mount_points(machine, steps.mount_path)
    if not points:
        return
    _run(machine, steps, "sync")
    _end_processes(machine, steps, path)
    deadline = time.monotonic() + BUSY_WAIT
    while points:
        said = [_run(machine, steps, f"umount {shlex.quote(point)}") for point in reversed(points)]
        path, points = mount_points(machine, steps.mount_path)
        if points and time.monotonic() >= deadline:
            held = ", ".join(map(str, holders(machine, steps, path)))
            raise SshError(
                f"still mounted: {', '.join(points)}; {_advice(held)} (umount said: {'; '.join(filter(None, said))})"
            )
        if points:
            time.sleep(POLL)


def _advice(held: str) -> str:
    """What to change about a build whose mounts stay busy; the next one has a machine of its own."""
    if not held:
        return "no process holds it: the build's commands must detach the loop devices and swap space they set up in it"
    return f"held by {held}: the build's commands must end what they start outside of the chroot"


def mount_points(machine: Machine, path: str) -> tuple[str, list[str]]:
    """`path` as the kernel knows it, without symbolic links, and the mount points at and below it as they were made."""
    command = f"readlink -f {shlex.quote(path)} || echo {shlex.quote(path)}; cat /proc/self/mounts"
    result = machine.run(command, capture=True, timeout=COMMAND_TIMEOUT, check=True)
    real, *lines = (result.stdout or b"").decode(errors="surrogateescape").splitlines()
    points = [_unescaped(line.split(" ")[1]) for line in lines if line.count(" ") >= 2]
    return real, [point for point in points if _is_below(point, real)]


def holders(machine: Machine, steps: ChrootSteps, path: str) -> list[Holder]:
    """Who uses what is at or below `path`, each process once."""
    lines = f"({_LINKS}) 2>/dev/null | grep -F -e {shlex.quote(f'-> {path}')}; true"
    found: dict[int, str] = {}
    for pid, how in _links(_captured(machine, steps, lines), path):
        if how == ROOT or pid not in found:
            found[pid] = how
    if not found:
        return []
    names = "; ".join(f"echo {pid} $(cat /proc/{pid}/comm 2>/dev/null)" for pid in found)
    return [
        Holder(int(pid), name, found[int(pid)])
        for pid, _, name in (line.partition(" ") for line in _captured(machine, steps, names).splitlines())
        if name
    ]


def _links(listing: str, path: str) -> Iterator[tuple[int, str]]:
    for line in listing.splitlines():
        match = _LINK.search(line)
        if match and _is_below(match[3].removesuffix(" (deleted)"), path):
            yield int(match[1]), match[2]


def _is_below(place: str, path: str) -> bool:
    return place == path or place.startswith(f"{path}/")


def _unescaped(field: str) -> str:
    """A field of /proc/mounts, where blanks and backslashes stand as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def _end_processes(machine: Machine, steps: ChrootSteps, path: str) -> None:
    """End what was started inside (its root is the chroot): TERM, and KILL after a few seconds."""
    deadline = time.monotonic() + TERM_WAIT
    signal = "TERM"
    while inside := [str(holder.pid) for holder in holders(machine, steps, path) if holder.how == ROOT]:
        _run(machine, steps, f"kill -{signal} {' '.join(inside)}")
        if signal == "KILL":
            return
        time.sleep(POLL)
        if time.monotonic() >= deadline:
            signal = "KILL"


def _captured(machine: Machine, steps: ChrootSteps, script: str) -> str:
    """What a script prints that runs through the wrapper, which takes a simple command."""
    command = wrap(steps.command_wrapper, f"sh -c {shlex.quote(script)}")
    result = machine.run(command, capture=True, timeout=COMMAND_TIMEOUT)
    return (result.stdout or b"").decode(errors="surrogateescape")


def _run(machine: Machine, steps: ChrootSteps, command: str) -> str:
    """Run a command through the wrapper; returns the last line that it printed when it failed, else nothing."""
    result = machine.run(wrap(steps.command_wrapper, command), timeout=steps.timeout)
    return "" if result.exit_code == 0 else " ".join(result.tail[-1:])
