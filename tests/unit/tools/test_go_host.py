"""What the language host for Go answers when a build or an SDK is not as it should be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import grpc
import pytest

from tools.engine.language_host import base
from tools.engine.language_host.children import Children
from tools.engine.language_host.go import GoHost

GO_MOD = "module probe\n\ngo 1.24\n"


class Aborted(Exception):
    """What gRPC raises where a call is ended."""


class Call:
    """The call that is answered."""

    def add_callback(self, callback: Callable[[], None]) -> bool:
        """The call ends when the test does."""
        return callable(callback)

    def abort(self, code: grpc.StatusCode, text: str) -> None:
        """End it."""
        raise Aborted(f"{code.name} {text}")


@pytest.fixture
def host() -> GoHost:
    """A host without an engine."""
    return GoHost("", None, Children(), Children())


def put_go(folder: Path, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have another command be `go`."""
    (folder / "bin").mkdir()
    (folder / "bin" / "go").write_text(text)
    (folder / "bin" / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/usr/bin:/bin")


def request(folder: Path) -> Any:
    """A request to run the program in a folder."""
    info = SimpleNamespace(root_directory=str(folder), program_directory=str(folder))
    return SimpleNamespace(
        monitor_address="", project="p", stack="s", pwd=str(folder), dryRun=True, parallel=1, organization="",
        info=info, args=[], config={}, configSecretKeys=[],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("#!/bin/sh\nexit 1\n", "the program cannot be built: go's errors are above"),
        ("#!/bin/sh\nexit 32\n", "the program cannot be built: go's errors are above"),
        ("#!/bin/sh\nkill -9 $$\n", "the build of the program was ended by signal 9"),
        ("\x7fELF", "cannot run the program: [Errno 8] Exec format error"),
    ],
)
def test_a_build_that_fails_is_told_by_its_reason(
    script: str, said: str, host: GoHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Errors of go are above; one that was ended, or never ran, shows none."""
    put_go(tmp_path, script, monkeypatch)
    answer = host.Run(request(tmp_path), Call())
    assert answer.error.startswith(said)
    assert not answer.bail


def test_an_sdk_of_another_layout_is_refused_before_go_mod_is_edited(host: GoHost, tmp_path: Path) -> None:
    """One line names the SDK, also when the one before it is as it should be."""
    (tmp_path / "go.mod").write_text(GO_MOD)
    for place in ("sdks/good/good", "sdks/odd"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "sdks/good/good/pulumi-plugin.json").write_text("{}")
    (tmp_path / "sdks/good/go.mod").write_text("module example.com/good\n")
    asked = [SimpleNamespace(path=f"sdks/{name}") for name in ("good", "odd")]
    info = SimpleNamespace(program_directory=str(tmp_path))
    with pytest.raises(Aborted, match=r"^FAILED_PRECONDITION cannot link the SDK in sdks/odd: no folder in it has a "):
        host.Link(SimpleNamespace(info=info, packages=asked), Call())
    assert (tmp_path / "go.mod").read_text() == GO_MOD


def test_a_short_command_that_does_not_end_is_stopped(
    host: GoHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line names it and its deadline."""
    monkeypatch.setattr(base, "PATIENCE", 0.01)
    put_go(tmp_path, "#!/bin/sh\nexec sleep 600\n", monkeypatch)
    (tmp_path / "go.mod").write_text(GO_MOD)
    (tmp_path / "sdks/good/good").mkdir(parents=True)
    (tmp_path / "sdks/good/good/pulumi-plugin.json").write_text("{}")
    info = SimpleNamespace(program_directory=str(tmp_path))
    asked = SimpleNamespace(info=info, packages=[SimpleNamespace(path="sdks/good")])
    with pytest.raises(Aborted, match=r"^DEADLINE_EXCEEDED 'go mod edit -json' did not end within 0.01 s$"):
        host.Link(asked, Call())
