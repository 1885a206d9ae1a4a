"""Install a program's dependencies (`pulumi install`)."""

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

REQUIREMENTS = ("requirements.lock", "requirements.txt")


def commands(folder: Path, virtualenv: Path | None) -> Iterator[list[str]]:
    """Yield the commands that create `virtualenv` if need be and install what `folder` asks for.

    Looks for requirements.lock, requirements.txt, then pyproject.toml. Without a virtual environment nothing is
    installed: the system's Python is not ours to change.
    """
    if virtualenv is None:
        return
    python = virtualenv / "bin" / "python"
    uv = shutil.which("uv")
    if not python.exists():
        yield [uv, "venv", "--quiet", str(virtualenv)] if uv else [sys.executable, "-m", "venv", str(virtualenv)]
    install = [uv, "pip", "install", "--python", str(python)] if uv else [str(python), "-m", "pip", "install"]
    for name in REQUIREMENTS:
        if (folder / name).is_file():
            yield [*install, "-r", str(folder / name)]
            return
    if (folder / "pyproject.toml").is_file():
        yield [*install, "-e", str(folder)]
