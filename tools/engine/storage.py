"""The cache of engines: one folder per version, complete or absent."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tools import progress


def is_complete(home: Path) -> bool:
    """Return whether `home` holds an engine."""
    return os.access(home / "bin" / "pulumi", os.X_OK)


def fill(home: Path, make: Callable[[Path], None]) -> None:
    """Make `home` with `make(folder)`, atomically.

    `make` works in a folder beside `home`, which is renamed when it is done; an interrupted one leaves `home` absent.
    """
    with _partial(home, make) as partial:
        if home.exists():
            shutil.rmtree(home)
        partial.rename(home)


def add(home: Path, make: Callable[[Path], None]) -> None:
    """Add to `home` the files that `make(folder)` makes, each whole or not at all; those at the top come last."""
    with _partial(home, make) as partial:
        for file in sorted(partial.rglob("*"), key=lambda file: file.parent == partial):
            if file.is_file():
                target = home / file.relative_to(partial)
                target.parent.mkdir(parents=True, exist_ok=True)
                file.rename(target)


@contextmanager
def _partial(home: Path, make: Callable[[Path], None]) -> Iterator[Path]:
    home.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{home.name}.partial-", dir=home.parent))
    partial.chmod(0o755)
    try:
        make(partial)
        yield partial
    finally:
        remove(partial)


@contextmanager
def exclusive(home: Path) -> Iterator[None]:
    """Hold the lock on `home`, waiting for another process that is filling it. The lock ends with its process."""
    home.parent.mkdir(parents=True, exist_ok=True)
    with (home.parent / f"{home.name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with progress.step("Pulumi engine: another process is getting it; waiting"):
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def sweep(home: Path) -> None:
    """Remove what interrupted builds of `home` left; only for the holder of the lock."""
    for partial in home.parent.glob(f"{home.name}.partial-*"):
        remove(partial)


def remove(folder: Path) -> None:
    """Remove `folder` with all that is in it, if it is there."""
    shutil.rmtree(folder, ignore_errors=True)
