"""Vendor's clients, installed once per machine. What they need and is missing is a failure, never a skip."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tools.engine import settings, storage
from tools.engine.go import toolchain


def needs(program: str, package: str) -> None:
    """Fail in one line when a program that installs or runs a client is not there."""
    assert shutil.which(program), f"'{program}' is missing: the vendor's clients run on it (apt-get install {package})"


def go() -> Path:
    """The `go` command: the user's own, or the one that the engine is built with where there is none."""
    cache = settings.cache()
    with storage.exclusive(cache / "go"):
        return toolchain(cache).command


def once(name: str, result: str, install: Callable[[Path], Sequence[Sequence[object]]]) -> Path:
    """`result` in a folder of this user; when it is not there, the commands that `install` gives make it."""
    folder = Path(tempfile.gettempdir()) / f"hyperone-{name}-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / result).exists():
            for argv in install(folder):
                run(argv, cwd=folder)
    return folder / result


def run(argv: Sequence[object], cwd: Path, deadline: float = 400, **environment: str) -> str:
    """Run a command and give back what it printed; fails with all of it when the command did."""
    texts = [str(one) for one in argv]
    known = {name: text for name, text in os.environ.items() if not name.lower().endswith("_proxy")}
    chosen = {**(known if environment else os.environ), **environment}
    done = subprocess.run(texts, check=False, capture_output=True, text=True, timeout=deadline, cwd=cwd, env=chosen)
    assert done.returncode == 0, f"{' '.join(texts)}: {done.stdout}{done.stderr[-2000:]}"
    return done.stdout
