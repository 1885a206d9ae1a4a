"""What holds for all tests."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

VM_TIMEOUT = 1800
"""Seconds for a test of a virtual machine: without KVM, on a slow computer, beside another one."""
LONG_FIRST = ("tests/e2e/test_chroot_image.py", "tests/e2e/", "tests/cloud/")
"""Files whose tests take longest: where several processes share the files, none ends with one of these alone."""
MEMORY = Path("/dev/shm")
ENOUGH_MEMORY = 12 << 30
"""Bytes that must be free in memory for temporary files to be there: virtual machines need some for themselves."""

# How long an example takes says something about the computer, not about the code.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option by which all tests of stacks run through one generation of the API: `--api v2`."""
    parser.addoption("--api", choices=("v1", "v2"), default="v1", help="generation of the API that stacks use")


def pytest_configure(config: pytest.Config) -> None:
    """Have temporary files in memory, where there is enough: tests make thousands, and a disk takes a tenth longer.

    They are gone with the run. With TMPDIR set they are there, and pytest keeps those of the last three runs.
    """
    if "TMPDIR" in os.environ or not MEMORY.is_dir():  # set for the processes of a run by the one that starts them
        return
    if min(shutil.disk_usage(MEMORY).free, psutil.virtual_memory().available) < ENOUGH_MEMORY:
        return
    folder = tempfile.mkdtemp(prefix="tests-", dir=MEMORY)
    Path(folder).chmod(0o755)  # some tests look into their folders as another user
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have long tests first; give those of virtual machines the time that these take, where none has its own."""
    items.sort(key=_rank)
    for item in items:
        if item.get_closest_marker("vm") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(VM_TIMEOUT))


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, place in enumerate(LONG_FIRST) if item.nodeid.startswith(place)), len(LONG_FIRST))
