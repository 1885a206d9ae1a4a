"""Have an engine: find it, else download it, else build it."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tools import progress
from tools.engine import build, download, find, go, plugins, settings, storage
from tools.engine.errors import UnavailableError

ORIGIN = "origin"
"""File in an engine's folder that says how it came there: `download` or `build`."""

LANGUAGES = "languages"
"""File in the folder of a built engine: the fingerprint of what its language host for YAML and SDK generator are."""


@dataclass(frozen=True)
class Engine:
    """A usable engine: the folder for PATH, and where it came from (`installed`, `download` or `build`)."""

    folder: Path
    origin: str


def engine(*, languages: bool = False, meanwhile: Callable[[], None] = lambda: None) -> Engine:
    """Return an engine, getting one if need be; with `languages` one that runs YAML and generates SDKs.

    A recent `pulumi` of the user's goes first and is left untouched. Else `settings.VERSION` from the cache, which is
    filled by download or, where the download server cannot be reached, by a build. Pulumi's own releases have all
    languages; beside a build they are built when they are first asked for. `meanwhile` is called where getting the
    engine takes minutes, to begin what can be done at the same time. Raises EngineError.
    """
    cache = settings.cache()
    own = find.installed(ignore=cache)
    if own is not None:
        return Engine(own, "installed")
    home = cache / settings.VERSION
    if not _is_complete(home, languages=languages):
        with storage.exclusive(home):
            if not storage.is_complete(home):
                meanwhile()
                storage.sweep(home)
                _get(home, cache, languages=languages)
            if not _is_complete(home, languages=languages):
                toolchain = go.toolchain(cache)
                storage.add(home, lambda folder: _build(folder, toolchain, build.LANGUAGES))
                _drop(toolchain, cache)
    if _origin(home) == "build":
        plugins.install(home)
    return Engine(home / "bin", _origin(home))


def _is_complete(home: Path, *, languages: bool) -> bool:
    if not storage.is_complete(home):
        return False
    made = home / LANGUAGES
    return not languages or _origin(home) == "download" or (made.is_file() and made.read_text() == _fingerprint())


def _origin(home: Path) -> str:
    return (home / ORIGIN).read_text(encoding="utf-8").strip()


def _fingerprint() -> str:
    """Return what tells language programs of one source from those of another: modules and the generator's code."""
    sources = [settings.SOURCE / "go.mod", *sorted((settings.SOURCE / "pulumi-codegen").glob("*.go"))]
    return hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()


def _get(home: Path, cache: Path, *, languages: bool) -> None:
    try:
        storage.fill(home, _download)
    except UnavailableError as error:
        progress.say(f"Pulumi engine: the official download cannot be used ({error}); building it from its Go modules")
        toolchain = go.toolchain(cache)
        packages = (build.ENGINE, *(build.LANGUAGES if languages else ()))
        storage.fill(home, lambda folder: _build(folder, toolchain, packages))
        _drop(toolchain, cache)


def _drop(toolchain: go.Go, cache: Path) -> None:
    if not toolchain.is_users:
        storage.remove(cache / "go")


def _download(folder: Path) -> None:
    download.fetch(folder)
    (folder / ORIGIN).write_text("download\n", encoding="utf-8")


def _build(folder: Path, toolchain: go.Go, packages: Sequence[str]) -> None:
    build.build(folder, toolchain, packages)
    plugins.install(folder)
    (folder / ORIGIN).write_text("build\n", encoding="utf-8")
    if set(build.LANGUAGES) <= set(packages):
        (folder / LANGUAGES).write_text(_fingerprint(), encoding="utf-8")
