"""Files of this computer that options name."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

from pulumi_hyperone.provider.foundation.errors import SettingsError


def home() -> Path:
    """Return the user's home folder. Raises SettingsError when there is none."""
    try:
        return Path.home()
    except RuntimeError:
        raise SettingsError("this user has no home folder: set HOME to one") from None


def local_file(name: str, base_dir: Path) -> Path:
    """Return the local file that an option names: `~` is the home folder, relative names are seen from `base_dir`."""
    return base_dir / Path(name).expanduser()


def replace_file(path: Path, content: bytes, *, private: bool = True) -> None:
    """Put a file with `content` in the place of `path`, whole or not at all. Raises OSError.

    A `private` one is for its owner alone, others keep the mode of the file before them, or have that of a new file.
    """
    # A temporary file is 0600 from the start.
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as part:
        try:
            part.write(content)
            part.flush()
            if not private:
                os.fchmod(part.fileno(), _mode(path))
            os.replace(part.name, path)
        except BaseException:
            os.unlink(part.name)
            raise


def _mode(path: Path) -> int:
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    umask = os.umask(0o077)
    os.umask(umask)
    return 0o666 & ~umask


def is_of_the_kernel(path: Path) -> bool:
    """Whether a path is /proc or /sys or below, links followed: what looks like a file there may never end, or fail."""
    return f"{path.resolve()}/".startswith(("/proc/", "/sys/"))


def may_never_end(path: Path) -> bool:
    """Whether reading a path may last for ever: a pipe, a device, what the kernel makes up. Raises OSError."""
    return is_of_the_kernel(path) or (path.exists() and not path.is_file() and not path.is_dir())
