"""The lock that an engine holds on a stack: a file beside the state, left behind by an engine that was killed."""

import getpass
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools import progress
from tools.stack import backend, run
from tools.stack.errors import StackError


@dataclass(frozen=True)
class Lock:
    """Who holds a lock, and since when; `pid` is a process on the machine `host`."""

    pid: int
    user: str
    host: str
    since: str

    @property
    def is_dead(self) -> bool:
        """Whether its engine ran here, for this user, and is gone; another program may have its number now."""
        if (self.host, self.user) != (socket.gethostname(), getpass.getuser()):
            return False
        try:
            return not Path(f"/proc/{self.pid}/comm").read_text(encoding="utf-8").startswith("pulumi")
        except OSError:
            return True


def clear_dead(stack: str, environment: Mapping[str, str]) -> int:
    """Unlock `stack` when the engines that locked it are gone, and say so; return the engine's exit code.

    Knows state in files on this machine only; other backends' locks are the engine's to judge. Raises
    StackError when a lock is somebody's who works, or may.
    """
    found = locks(stack, environment)
    alive = next((lock for lock in found if not lock.is_dead), None)
    if alive is not None:
        raise StackError(
            f"the stack {stack} is locked by {alive.user} on {alive.host} (process {alive.pid}, since {alive.since}): "
            f"wait for it; if that process is gone: make cancel STACK={stack}"
        )
    if not found:
        return 0
    progress.say(f"The stack {stack} was locked by process {found[0].pid}, which is gone: unlocking it")
    return run.foreground(["cancel", "--yes", "--non-interactive", "--stack", stack], environment)


def locks(stack: str, environment: Mapping[str, str]) -> list[Lock]:
    """Return the locks on `stack` of this project; none where its state is not in files of this machine."""
    folder = backend.folder(environment)
    if folder is None:
        return []
    return [
        _read(file)
        for file in sorted((folder / ".pulumi/locks/organization" / backend.project() / stack).glob("*.json"))
    ]


def _read(file: Path) -> Lock:
    """Read a lock; one that was cut short belongs to nobody we know."""
    try:
        content: Any = json.loads(file.read_text(encoding="utf-8"))
        words = {key: str(content[key]) for key in ("username", "hostname", "timestamp")}
        return Lock(int(content["pid"]), words["username"], words["hostname"], words["timestamp"].partition(".")[0])
    except (OSError, ValueError, KeyError, TypeError):
        return Lock(0, "somebody", "an unknown machine", "an unknown time")
