"""The real engine on the project's own program, against a local cloud of the tests' own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from tests.support.cloud import Cloud
from tests.support.stacks import Stack, new_stack
from tools.engine.ensure import engine


@pytest.fixture(scope="session")
def session_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """One local cloud for all e2e tests of a process."""
    cloud = LocalCloud.start(tmp_path_factory.mktemp("cloud"))
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud(session_cloud: LocalCloud) -> Iterator[Cloud]:
    """An empty cloud; a test that leaves a VM, disk or IP behind fails."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    yield cloud
    left = cloud.inventory()
    assert (left["vms"], left["disks"], left["ips"]) == ([], [], []), f"the test left something behind: {left}"


@pytest.fixture(scope="session")
def engine_path() -> str:
    """PATH with the engine, its plugins and this Python first."""
    return f"{engine().folder}:{Path(sys.executable).parent}:{os.environ['PATH']}"


@pytest.fixture(scope="session")
def api_version(pytestconfig: pytest.Config) -> str:
    """The generation of the API that stacks use, set by `--api`; tests of one or of both parametrise it."""
    return str(pytestconfig.getoption("--api"))


@pytest.fixture
def make_stack(cloud: Cloud, engine_path: str, tmp_path: Path, api_version: str) -> Iterator[Any]:
    """Make stacks of the project; each is destroyed after the test if it still holds something."""
    made: list[Stack] = []

    def make(name: str = "test") -> Stack:
        stack = new_stack(tmp_path / name, engine_path, cloud, name, api_version)
        made.append(stack)
        return stack

    yield make
    for stack in made:
        if not stack.resources():
            continue
        stack.cancel()
        done = stack.destroy()
        if done.code != 0:
            pytest.fail(f"the test's stack could not be destroyed:\n{done.text}")


@pytest.fixture
def stack(make_stack: Any) -> Stack:
    """One stack of the project."""
    return make_stack()


@pytest.fixture
def interrupt() -> Any:
    """Press Ctrl-C: SIGINT to the whole foreground process group, as a terminal does."""

    def press(process: subprocess.Popen[str]) -> None:
        os.killpg(process.pid, signal.SIGINT)

    return press
