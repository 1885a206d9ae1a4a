"""The cache of engines."""

import multiprocessing
from pathlib import Path

import pytest

from tools.engine import storage


def _engine(folder: Path) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "pulumi").write_text("#!/bin/sh\n")
    (folder / "bin" / "pulumi").chmod(0o755)


def test_filled_folder_is_complete(tmp_path: Path) -> None:
    """What was made appears under its final name, and nothing else is left."""
    home = tmp_path / "engine" / "1.0.0"
    storage.fill(home, _engine)
    assert storage.is_complete(home)
    assert [entry.name for entry in home.parent.iterdir()] == ["1.0.0"]


def test_files_are_added_to_what_is_there(tmp_path: Path) -> None:
    """What is made later joins the rest, replaces what has its name, and leaves nothing beside it."""
    home = tmp_path / "1.0.0"
    storage.fill(home, _engine)

    def more(folder: Path) -> None:
        _engine(folder)
        (folder / "bin" / "pulumi").write_text("newer\n")
        (folder / "lib" / "host").mkdir(parents=True)
        (folder / "lib" / "host" / "more.py").write_text("")
        (folder / "stamp").write_text("made")

    storage.add(home, more)
    assert (home / "bin" / "pulumi").read_text() == "newer\n"
    assert (home / "lib" / "host" / "more.py").is_file()
    assert (home / "stamp").read_text() == "made"
    assert [entry.name for entry in tmp_path.iterdir()] == ["1.0.0"]


def test_failure_leaves_nothing(tmp_path: Path) -> None:
    """When making it fails half-way, neither the final nor the temporary folder is there."""

    def fail(folder: Path) -> None:
        _engine(folder)
        raise RuntimeError("half-way")

    home = tmp_path / "1.0.0"
    with pytest.raises(RuntimeError):
        storage.fill(home, fail)
    assert list(tmp_path.iterdir()) == []


def test_sweep_removes_leftovers_of_this_version_only(tmp_path: Path) -> None:
    """What a killed build left goes; other versions' work stays."""
    (tmp_path / "1.0.0.partial-abc").mkdir()
    (tmp_path / "2.0.0.partial-abc").mkdir()
    storage.sweep(tmp_path / "1.0.0")
    assert [entry.name for entry in tmp_path.iterdir()] == ["2.0.0.partial-abc"]


def _count(home: Path, log: Path) -> None:
    with storage.exclusive(home):
        if not storage.is_complete(home):
            with log.open("a") as file:
                file.write("made\n")
            storage.fill(home, _engine)


def test_processes_at_once_make_it_once(tmp_path: Path) -> None:
    """Of several processes that find the cache empty, one fills it and the others wait for it."""
    home, log = tmp_path / "1.0.0", tmp_path / "log"
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_count, args=(home, log)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
    assert log.read_text() == "made\n"
