"""Run one of our scripts on a machine: as root where the login may become root, else as it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pulumi_hyperone.provider.foundation.errors import SshError
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.shell_text import failure_text, script

# The script is $1. Sudo that refuses ends with 1, so the script never does; 127 is said where there is no sudo. Asking
# sudo first is a third of a second on an emulated machine.
_AS_ROOT = '''text="$1
code=\\$?
case \\$code in 1 | 127) exit 2 ;; *) exit \\$code ;; esac"
shift
if [ "$(id -u)" != 0 ]; then
    sudo -n /bin/sh -c "$text" sh "$@" 2>/dev/null
    code=$?
    case $code in 1 | 127) ;; *) exit $code ;; esac
fi
exec /bin/sh -c "$text" sh "$@"'''


def as_root_if_possible(name: str, *arguments: str, home: bool = False) -> str:
    """Return the command line that runs the script `name` of this folder; with `home` its last argument is $HOME."""
    return script(_AS_ROOT, _text(name), *arguments) + (' "$HOME"' if home else "")


def answer(
    machine: Machine, command: str, what: str, about: str, *, largest: int, timeout: float, stdin: bytes | None = None
) -> bytes:
    """What a command line prints on the machine; `what` and `about` name it in errors.

    Raises SshError when it fails, and as soon as more than `largest` bytes came.
    """
    found = bytearray()

    def keep(data: bytes) -> None:
        found.extend(data)
        if len(found) > largest:
            raise SshError(f"the machine sent more than {largest // 2**20} MiB about {about}")

    code = machine.stream(command, stdin=stdin, on_stdout=keep, timeout=timeout)
    if code != 0:
        raise SshError(failure_text(what, code, ()))
    return bytes(found)


@cache
def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
