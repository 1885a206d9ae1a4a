"""An engine of the user's own on PATH."""

from pathlib import Path

import pytest

from tools.engine import find


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a `pulumi` that prints a version into a folder on PATH, with or without a language host."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")

    def put(name: str, version: str, *, language_host: bool = True) -> Path:
        folder = tmp_path / name
        folder.mkdir(parents=True)
        programs = ["pulumi", find.LANGUAGE_HOST] if language_host else ["pulumi"]
        for program in programs:
            (folder / program).write_text(f"#!/bin/sh\necho {version}\n")
            (folder / program).chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        return folder

    return put


def test_recent_engine_is_used(install, tmp_path: Path) -> None:
    """An engine of a supported version on PATH is found."""
    folder = install("bin", "v3.200.0")
    assert find.installed(ignore=tmp_path / "cache") == folder


def test_old_engine_is_passed_over(install, tmp_path: Path) -> None:
    """An engine that is too old is left alone."""
    install("bin", "v3.199.9")
    assert find.installed(ignore=tmp_path / "cache") is None


def test_engine_without_language_host_is_passed_over(install, tmp_path: Path) -> None:
    """An engine that could not run Python programs is of no use."""
    install("bin", "v3.259.0", language_host=False)
    assert find.installed(ignore=tmp_path / "cache") is None


def test_our_own_cache_on_path_is_not_the_users_engine(install, tmp_path: Path) -> None:
    """An engine in the cache is ours even when PATH leads there, so that its scripts are kept up to date."""
    install("cache/3.259.0/bin", "v3.259.0")
    assert find.installed(ignore=tmp_path / "cache") is None


def test_installer_folder_is_looked_at(install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pulumi's installer puts programs in ~/.pulumi/bin, which a fresh shell may not have on PATH yet."""
    folder = install("home/.pulumi/bin", "v3.259.0")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert find.installed(ignore=tmp_path / "cache") == folder


def test_broken_program_is_passed_over(install, tmp_path: Path) -> None:
    """A `pulumi` that fails is not an engine."""
    folder = install("bin", "v3.259.0")
    (folder / "pulumi").write_text("#!/bin/sh\nexit 1\n")
    assert find.installed(ignore=tmp_path / "cache") is None
