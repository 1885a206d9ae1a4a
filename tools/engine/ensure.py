"""Have an engine: find it, else download it, else build it."""

from dataclasses import dataclass
from pathlib import Path

from tools import progress
from tools.engine import build, download, find, go, plugins, settings, storage
from tools.engine.errors import UnavailableError

ORIGIN = "origin"
"""File in an engine's folder that says how it came there: `download` or `build`."""


@dataclass(frozen=True)
class Engine:
    """A usable engine: the folder for PATH, and where it came from (`installed`, `download` or `build`)."""

    folder: Path
    origin: str


def engine() -> Engine:
    """Return an engine, getting one if need be.

    A recent `pulumi` of the user's goes first and is left untouched. Else `settings.VERSION` from the cache, which is
    filled by download or, where the download server cannot be reached, by a build. Raises EngineError.
    """
    cache = settings.cache()
    own = find.installed(ignore=cache)
    if own is not None:
        return Engine(own, "installed")
    home = cache / settings.VERSION
    if not storage.is_complete(home):
        with storage.exclusive(home):
            if not storage.is_complete(home):
                storage.sweep(home)
                _get(home, cache)
    origin = (home / ORIGIN).read_text(encoding="utf-8").strip()
    if origin == "build":
        plugins.install(home)
    return Engine(home / "bin", origin)


def _get(home: Path, cache: Path) -> None:
    try:
        storage.fill(home, _download)
    except UnavailableError as error:
        progress.say(f"Pulumi engine: the official download cannot be used ({error}); building it from its Go modules")
        toolchain = go.toolchain(cache)
        storage.fill(home, lambda folder: _build(folder, toolchain))
        if not toolchain.is_users:
            storage.remove(cache / "go")


def _download(folder: Path) -> None:
    download.fetch(folder)
    (folder / ORIGIN).write_text("download\n", encoding="utf-8")


def _build(folder: Path, toolchain: go.Go) -> None:
    build.build(folder, toolchain)
    plugins.install(folder)
    (folder / ORIGIN).write_text("build\n", encoding="utf-8")
