"""What holds for all tests."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, settings

VM_TIMEOUT = 1800
"""Seconds for a test of a virtual machine: without KVM, on a slow computer, beside another one."""

# How long an example takes says something about the computer, not about the code.
settings.register_profile("project", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests of virtual machines the time that these take; a test's own timeout stays."""
    for item in items:
        if item.get_closest_marker("vm") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(VM_TIMEOUT))
