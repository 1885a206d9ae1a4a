"""What holds for all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

VM_TIMEOUT = 1800
"""Seconds for a test of a virtual machine: without KVM, on a slow computer, beside another one."""
LONG_FIRST = ("tests/e2e/test_chroot_image.py", "tests/e2e/", "tests/cloud/")
"""Files whose tests take longest: where several processes share the files, none ends with one of these alone."""

# How long an example takes says something about the computer, not about the code.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option by which all tests of stacks run through one generation of the API: `--api v2`."""
    parser.addoption("--api", choices=("v1", "v2"), default="v1", help="generation of the API that stacks use")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have long tests first; give those of virtual machines the time that these take, where none has its own."""
    items.sort(key=_rank)
    for item in items:
        if item.get_closest_marker("vm") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(VM_TIMEOUT))


def _rank(item: pytest.Item) -> int:
    return next((rank for rank, place in enumerate(LONG_FIRST) if item.nodeid.startswith(place)), len(LONG_FIRST))
