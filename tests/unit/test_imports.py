"""What is imported when (docs/architecture.md), seen in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

PROVIDERS = "pulumi_hyperone.provider.resources"
PROGRAM = "from pulumi_hyperone import HyperOneImage"
PROVIDER = "; ".join(f"import {PROVIDERS}.{name}" for name in ("preflight", "build", "temporary_vm", "image"))


@pytest.mark.parametrize(
    ("statement", "needed", "spared"),
    [
        (PROGRAM, "pydantic", {"paramiko", "cryptography", "requests", "jwt"}),
        (PROGRAM, "pulumi", {PROVIDERS, "pulumi_hyperone.provider.api.cloud", "pulumi_hyperone.packer.importer"}),
        (PROVIDER, "requests", {"paramiko", "cryptography", "jwt", "pydantic"}),
    ],
)
def test_only_what_a_process_uses_is_loaded(statement, needed, spared):
    """Programs start without what talks to the API and to machines, providers without what reads settings."""
    code = f"import sys; {statement}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert needed in loaded
    assert not spared.intersection(loaded)
