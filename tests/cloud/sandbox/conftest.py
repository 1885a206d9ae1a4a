"""Sandbox machines that tests share, and their processes on the host."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.machines.base import MachineSpec
from tests.support.sandboxes import Sandboxes


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    """Provide a cloud of sandbox machines; everything is stopped at the end."""
    cloud = Sandboxes(tmp_path_factory.mktemp("cloud"))
    yield cloud
    cloud.close()


@pytest.fixture(scope="module")
def machine(cloud: Sandboxes) -> MachineSpec:
    """Start a machine that tests may share."""
    return cloud.start()


@pytest.fixture
def processes_with() -> Callable[[str], list[int]]:
    """Return a function that lists the host processes with a text in their command line."""

    def find(text: str) -> list[int]:
        found = []
        for path in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                if text.encode() in path.read_bytes():
                    found.append(int(path.parent.name))
        return found

    return find
