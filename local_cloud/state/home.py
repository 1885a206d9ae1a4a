"""Where one cloud keeps its state, and the settings that the environment may override."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DEFAULT_HTTP_PORT = 8171
SSH_PORTS = (22, 2222)


def default_home() -> Path:
    """`HYPERONE_LOCAL_HOME`, else `hyperone-local` in the user's data folder."""
    chosen = os.environ.get("HYPERONE_LOCAL_HOME")
    if chosen:
        return Path(chosen).expanduser().absolute()
    data = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return Path(data).expanduser() / "hyperone-local"


def port_from_environment(name: str) -> int | None:
    """The port number in the environment variable `name`, or None. Raises ValueError when it is not one."""
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(f"{name} must be a port number from 1 to 65535, not {text!r}")
    return int(text)


@dataclass(frozen=True)
class Home:
    """The folders and files of one cloud."""

    root: Path

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self.root / "cloud.db"

    @property
    def vms(self) -> Path:
        """One folder per VM."""
        return self.root / "vms"

    @property
    def disks(self) -> Path:
        """One folder per disk."""
        return self.root / "disks"

    @property
    def images(self) -> Path:
        """One folder per image, in it one per image disk."""
        return self.root / "images"

    @property
    def log(self) -> Path:
        """What the server process printed."""
        return self.root / "server.log"

    @property
    def lock(self) -> Path:
        """Locked while a server runs on this home."""
        return self.root / "lock"

    @property
    def info_file(self) -> Path:
        """What `status` tells, written by the server; readable by its owner only."""
        return self.root / "server.json"

    @property
    def login_host_key(self) -> Path:
        """The private host key of the SSH login service."""
        return self.root / "login_host_key"

    def prepare(self) -> None:
        """Make the folders, closed to other users."""
        for folder in (self.root, self.vms, self.disks, self.images):
            folder.mkdir(parents=True, exist_ok=True)
        self.root.chmod(0o700)

    def write_info(self, info: dict[str, Any]) -> None:
        """Replace the info file at once."""
        write_private(self.info_file, json.dumps(info, indent=2) + "\n")

    def read_info(self) -> dict[str, Any] | None:
        """The info file's content, or None when there is none that can be read."""
        try:
            info = json.loads(self.info_file.read_text())
        except (OSError, ValueError):
            return None
        return info if isinstance(info, dict) else None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, replacing an earlier one at once."""
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    draft.replace(path)
