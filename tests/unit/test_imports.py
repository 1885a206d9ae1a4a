"""What is imported when (docs/architecture.md), seen in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROVIDERS = "pulumi_hyperone.provider.resources"
IMPORTS = {
    "from pulumi_hyperone import HyperOneImage": {
        "paramiko",
        "cryptography",
        "requests",
        "jwt",
        "pulumi_hyperone.packer.importer",
        "pulumi_hyperone.provider.api.cloud",
        "pulumi_hyperone.provider.credentials",
        PROVIDERS,
    },
}
"""What is imported, and what that must not load."""


@pytest.mark.parametrize(("statement", "spared"), IMPORTS.items())
def test_only_what_a_process_uses_is_loaded(statement, spared):
    """A program starts without what talks to the API and to machines."""
    code = f"import sys; {statement}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "pydantic" in loaded
    assert not spared.intersection(loaded)
