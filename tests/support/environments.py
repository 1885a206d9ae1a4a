"""Python environments of the tests' own that borrow this one's packages: made in a second, without a network."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path


def new_environment(folder: Path) -> Path:
    """An environment in `folder` with nothing in it, not even pip; returns its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    return folder / "bin" / "python"


def borrow_packages(python: Path) -> None:
    """Let an environment import this one's packages.

    Its own come first, and what is only linked into this one (an editable install) is not borrowed.
    """
    ask = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    folder = Path(subprocess.run(ask, capture_output=True, text=True, check=True).stdout.strip())
    (folder / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")


def pip(*arguments: str, folder: Path | None = None) -> str:
    """Run this environment's pip in `folder`; returns what it printed."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
