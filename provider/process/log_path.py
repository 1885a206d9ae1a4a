"""Where the whole output of a build goes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from pulumi_hyperone.provider.foundation.local_files import home

LOG_DIR = "HYPERONE_LOG_DIR"


def logs_folder() -> Path:
    """Return the folder of all logs: HYPERONE_LOG_DIR, else `hyperone-images/logs` in the user's XDG_STATE_HOME."""
    state = os.environ.get("XDG_STATE_HOME") or str(home() / ".local" / "state")
    return Path(os.environ.get(LOG_DIR) or Path(state) / "hyperone-images" / "logs")


def log_name(build_id: str, image_key: str, stack: str) -> Path:
    """Where the log of a build is in the folder of all logs: `<stack>/<image>-<build id>.log`."""
    return Path(stack.replace("/", "-"), f"{image_key}-{build_id}.log")


def log_path(build_id: str, image_key: str, stack: str) -> Path:
    """The log of a build, its folder made.

    The folder is one in the system's temporary folder when the logs cannot be written where they should.
    """
    path = logs_folder() / log_name(build_id, image_key, stack)
    folder = path.parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="hyperone-images-"))
    return folder / path.name
