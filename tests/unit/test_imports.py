"""What is imported when (docs/architecture.md), seen in processes of their own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pulumi_hyperone.provider.schema.by_name import PROVIDERS as RESOURCES
from pulumi_hyperone.provider.schema.by_name import module_of
from tests.unit.provider.test_state_format import STORED

OURS = "pulumi_hyperone"
PROGRAM = "from pulumi_hyperone import HyperOneImage"
# The provider of Statement signs, and is only loaded by stacks with a key.
NAMES = [module_of(name) for name in STORED if name != "Statement"]
PROVIDERS = "import " + ", ".join(f"{RESOURCES}.{name}" for name in NAMES)


@pytest.mark.parametrize(
    ("statement", "needed", "spared"),
    [
        (PROGRAM, "pydantic", {"paramiko", "cryptography", "requests", "jwt", "tarfile"}),
        (PROGRAM, "pulumi", {f"{OURS}.provider.resources", f"{OURS}.provider.api.specs"}),
        (PROGRAM, f"{OURS}.components.packer_images", {f"{OURS}.packer", f"{OURS}.settings.template.renderer"}),
        (PROGRAM, f"{OURS}.components.values", {f"{OURS}.components.build_chain", f"{OURS}.components.manifest"}),
        (PROGRAM, f"{OURS}.provider.provisioners.catalog", {f"{OURS}.provider.provisioners.base", "difflib"}),
        (PROVIDERS, "requests", {"paramiko", "cryptography", "jwt", "pydantic", "tarfile"}),
        (PROVIDERS, f"{OURS}.provider.api.cloud", {f"{OURS}.provider.api.v1", f"{OURS}.provider.api.v2"}),
    ],
)
def test_only_what_a_process_uses_is_loaded(statement, needed, spared):
    """Programs start without what talks to the API and to machines, providers without what reads settings."""
    code = f"import sys; {statement}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert needed in loaded
    assert not spared.intersection(loaded)


def test_no_garbage_is_collected_while_a_program_loads_us():
    """Importing HyperOneImage runs no collection but those that are due afterwards, and leaves them turned on."""
    done = "sum(one['collections'] for one in gc.get_stats())"
    code = f"import gc, pulumi, pulumi_hyperone; before = {done}; {PROGRAM}; print({done} - before, gc.isenabled())"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert int(told[0]) <= 3, "one of each generation"
    assert told[1] == "True"
