"""Put the language host and the plugin scripts beside an engine that was built here."""

import os
import sys
import tempfile
from pathlib import Path

from tools.engine import settings

SCRIPTS = settings.SOURCE / "plugins"
LANGUAGE_HOST = settings.SOURCE / "language_host"


def install(home: Path) -> None:
    """Copy scripts to `home`/bin and the language host to `home`/lib where they differ; costs a few milliseconds.

    `home`/lib/virtualenv leads to this environment, which the language host runs in where a program has none.
    """
    for source in sorted(SCRIPTS.iterdir()):
        _copy(source, home / "bin" / source.name, 0o755)
    for source in sorted(LANGUAGE_HOST.glob("*.py")):
        _copy(source, home / "lib" / LANGUAGE_HOST.name / source.name, 0o644)
    _link(home / "lib" / "virtualenv", Path(sys.prefix))


def _copy(source: Path, target: Path, mode: int) -> None:
    """Copy by rename, so that a program that starts now sees the old file or the new one."""
    content = source.read_bytes()
    if target.is_file() and target.read_bytes() == content:
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    Path(name).chmod(mode)
    Path(name).rename(target)


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    made = Path(tempfile.mkdtemp(dir=link.parent)) / link.name
    made.symlink_to(target)
    made.rename(link)
    made.parent.rmdir()
