"""Run one of our scripts on a machine: as root where the login may become root, else as it is."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pulumi_hyperone.provider.ssh.shell_text import script

# The script is $1.
_AS_ROOT = (
    'text=$1; shift; if [ "$(id -u)" = 0 ] || ! sudo -n true 2>/dev/null; then exec /bin/sh -c "$text" sh "$@"; fi; '
    'exec sudo -n /bin/sh -c "$text" sh "$@"'
)


def as_root_if_possible(name: str, *arguments: str, home: bool = False) -> str:
    """Return the command line that runs the script `name` of this folder; with `home` its last argument is $HOME."""
    return script(_AS_ROOT, _text(name), *arguments) + (' "$HOME"' if home else "")


@cache
def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
