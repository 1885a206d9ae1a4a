"""Having an engine."""

from pathlib import Path

import pytest

from tools.engine import ensure, find, plugins, settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the engine of this version goes; the download puts one there that does nothing."""

    def download(folder: Path) -> None:
        (folder / "bin").mkdir()
        (folder / "bin" / "pulumi").write_text("#!/bin/sh\n")
        (folder / "bin" / "pulumi").chmod(0o755)

    monkeypatch.setattr(settings, "cache", lambda: tmp_path)
    monkeypatch.setattr(find, "installed", lambda ignore: None)
    monkeypatch.setattr(plugins, "install", lambda folder: None)
    monkeypatch.setattr(ensure.download, "fetch", download)
    return tmp_path / settings.VERSION


def test_other_work_begins_only_while_an_engine_is_got(home: Path) -> None:
    """It is said once, before the download or build begins, and not where the engine is there."""
    seen: list[bool] = []
    for _ in range(2):
        assert ensure.engine(meanwhile=lambda: seen.append(home.exists())).folder == home / "bin"
    assert seen == [False]
