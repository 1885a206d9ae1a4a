"""Unmounting a chroot: everything below its path, in reverse, whoever mounted it."""

from __future__ import annotations

import re
import shlex
import time

from provider.chroot.commands import wrapped
from provider.chroot.options import ChrootSteps
from provider.errors import SshError
from provider.ssh import Machine

TERM_WAIT = 5.0
COMMAND_TIMEOUT = 120.0

# Prints "PID NAME how" for each process whose root, folder, program or open file lies below the path $1.
_HOLDERS = r"""
for process in /proc/[0-9]*; do
  for link in root cwd exe fd/*; do
    target=$(readlink "$process/$link" 2>/dev/null) || continue
    case "$target" in
      "$1"|"$1"/*) echo "${process#/proc/} $(cat "$process/comm" 2>/dev/null) ${link%%/*}"; break ;;
    esac
  done
done
true
"""


def unmount_all(machine: Machine, steps: ChrootSteps) -> None:
    """Unmount all that is mounted at or below the chroot's path; processes started inside are ended first.

    Raises SshError naming what is still mounted and the processes that hold it.
    """
    points = mount_points(machine, steps.mount_path)
    if not points:
        return
    _run(machine, steps, "sync")
    _end_processes(machine, steps)
    for point in reversed(points):
        _run(machine, steps, f"umount {shlex.quote(point)}")
    left = mount_points(machine, steps.mount_path)
    if left:
        held = (
            ", ".join(f"{name} ({pid})" for pid, name, _ in holders(machine, steps)) or "no process that shows itself"
        )
        raise SshError(f"still mounted: {', '.join(left)}; held by {held}; end what holds it and run `pulumi up` again")


def mount_points(machine: Machine, path: str) -> list[str]:
    """The mount points at and below `path`, in the order in which they were mounted."""
    result = machine.run("cat /proc/self/mounts", capture=True, timeout=COMMAND_TIMEOUT, check=True)
    lines = (result.stdout or b"").decode(errors="surrogateescape").splitlines()
    points = [_unescaped(line.split(" ")[1]) for line in lines if line.count(" ") >= 2]
    return [point for point in points if point == path or point.startswith(path + "/")]


def _unescaped(field: str) -> str:
    """A field of /proc/mounts, where blanks and backslashes stand as octal numbers."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), field)


def holders(machine: Machine, steps: ChrootSteps) -> list[tuple[int, str, str]]:
    """Who uses the chroot: (process id, name, how: root, cwd, exe or fd)."""
    command = f"sh -c {shlex.quote(_HOLDERS)} sh {shlex.quote(steps.mount_path)}"
    result = machine.run(wrapped(steps, command), capture=True, timeout=COMMAND_TIMEOUT)
    found = []
    for line in (result.stdout or b"").decode(errors="replace").splitlines():
        pid, _, rest = line.partition(" ")
        name, _, how = rest.rpartition(" ")
        if pid.isdigit():
            found.append((int(pid), name, how))
    return found


def _end_processes(machine: Machine, steps: ChrootSteps) -> None:
    """End what was started inside (its root is the chroot): TERM, and KILL after a few seconds."""
    deadline = time.monotonic() + TERM_WAIT
    signal = "TERM"
    while inside := [pid for pid, _, how in holders(machine, steps) if how == "root"]:
        _run(machine, steps, f"kill -{signal} {' '.join(map(str, inside))}")
        if signal == "KILL":
            return
        if time.monotonic() >= deadline:
            signal = "KILL"


def _run(machine: Machine, steps: ChrootSteps, command: str) -> None:
    machine.run(wrapped(steps, command), timeout=COMMAND_TIMEOUT)
