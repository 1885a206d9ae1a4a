"""Find an engine that the user has installed."""

import os
import shutil
import subprocess
from pathlib import Path

from tools.engine import settings, versions

LANGUAGE_HOST = "pulumi-language-python"


def installed(ignore: Path) -> Path | None:
    """Return the folder of a recent `pulumi` on PATH (or where Pulumi's installer puts it), or None.

    It is used untouched, with the language host it brought. Folders below `ignore` (our cache) are skipped, and so are
    engines older than `settings.MINIMUM` or without a Python language host.
    """
    folders = [Path(name) for name in os.environ.get("PATH", "").split(os.pathsep) if name]
    folders.append(Path.home() / ".pulumi" / "bin")
    for folder in folders:
        if folder.resolve().is_relative_to(ignore.resolve()):
            continue
        engine = folder / "pulumi"
        if os.access(engine, os.X_OK) and engine.is_file() and _is_recent(engine) and _has_language_host(folder):
            return folder
    return None


def version(engine: Path) -> tuple[int, int, int] | None:
    """Return the version that `engine` prints, or None when it does not run."""
    try:
        answer = subprocess.run(
            [str(engine), "version"],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return versions.parse(answer.stdout) if answer.returncode == 0 else None


def _is_recent(engine: Path) -> bool:
    found = version(engine)
    return found is not None and found >= settings.MINIMUM


def _has_language_host(folder: Path) -> bool:
    return (folder / LANGUAGE_HOST).exists() or shutil.which(LANGUAGE_HOST) is not None
