"""The builder of source images and the programs that it runs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.vm import apt, builder

pytestmark = pytest.mark.cloud


class CommandLines(threading.Thread):
    """Collects the command lines of the host's processes, as every local user reads them, while the block runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seen: set[bytes] = set()
        self._ended = threading.Event()

    def run(self) -> None:
        """Look again and again."""
        while not self._ended.wait(0.02):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):
                    self.seen.add(path.read_bytes())

    def __enter__(self) -> CommandLines:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()


def test_passwords_of_proxies_and_sources_are_on_no_command_line(monkeypatch, tmp_path):
    """A real mmdebstrap reads apt's options and sources (its first download fails), and nobody sees them pass."""

    async def options() -> dict[str, str]:
        return {"Acquire::http::Proxy": "http://me:pass-4715@127.0.0.1:1/"}

    async def sources(suite: str) -> list[str]:
        return [f"deb http://me:pass-4716@mirror.invalid/debian {suite} main"]

    monkeypatch.setattr(apt, "options", options)
    monkeypatch.setattr(apt, "sources", sources)
    tmp_path.chmod(0o755)
    with CommandLines() as lines, pytest.raises(MachineError, match="installing Debian packages failed"):
        asyncio.run(builder._root_archive(tmp_path, "debian-12", lambda _: None))
    log = (tmp_path / "mmdebstrap.log").read_text()
    assert "mirror.invalid/debian/dists/bookworm/InRelease" in log
    assert "127.0.0.1:1" in log
    assert [line for line in lines.seen if b"mmdebstrap" in line and b"--variant=minbase" in line]
    assert not [line for line in lines.seen if b"pass-471" in line]
