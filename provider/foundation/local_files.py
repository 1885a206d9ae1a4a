"""Files of this computer that options name."""

from __future__ import annotations

from pathlib import Path


def local_file(name: str, base_dir: Path) -> Path:
    """Return the local file that an option names: `~` is the home folder, relative names are seen from `base_dir`."""
    return base_dir / Path(name).expanduser()


def is_of_the_kernel(path: Path) -> bool:
    """Whether a path is below /proc or /sys, links followed: what looks like a file there may never end, or fail."""
    return str(path.resolve()).startswith(("/proc/", "/sys/"))
