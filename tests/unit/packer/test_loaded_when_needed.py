"""The readers of Packer templates are loaded by those who have a template, each language by itself."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
READERS = (
    "pulumi_hyperone.packer.importer",
    "pulumi_hyperone.packer.json",
    "pulumi_hyperone.packer.hcl",
    "hcl2",
    "lark",
    "re2",
)
PROGRAM = """
import json, sys
from pathlib import Path
from pulumi_hyperone import HyperOneImage
from pulumi_hyperone.components.packer_images import packer_images
from pulumi_hyperone.settings import load_images

entries = json.loads(sys.argv[1])
found = packer_images(entries, Path.cwd(), {})
_, faults = load_images({"images": found.images}, Path.cwd())
assert not [*found.faults, *faults], faults
print(json.dumps([name for name in sys.argv[2:] if name in sys.modules]))
"""
OPTIONS = {"source_image": "debian", "vm_type": "a1.nano", "disk_size": 10, "image_name": "web-{{timestamp}}"}
JSON_TEMPLATE = json.dumps({"builders": [{"type": "hyperone", **OPTIONS}]})
HCL_TEMPLATE = """
source "hyperone" "web" {
  source_image = "debian"
  vm_type      = "a1.nano"
  disk_size    = 10
}
build { sources = ["hyperone.web"] }
"""


@pytest.mark.parametrize(
    ("entry", "loaded"),
    [
        (OPTIONS, []),
        ({"packer": "web.json"}, ["pulumi_hyperone.packer.importer", "pulumi_hyperone.packer.json"]),
        ({"packer": "web.pkr.hcl"}, list(READERS)),
    ],
)
def test_a_run_loads_the_readers_it_needs(entry: dict[str, object], loaded: list[str], tmp_path: Path) -> None:
    """Settings with texts to render need none; JSON does not need the parser of HCL, which has a JSON form itself."""
    (tmp_path / "web.json").write_text(JSON_TEMPLATE)
    (tmp_path / "web.pkr.hcl").write_text(HCL_TEMPLATE)
    command = [sys.executable, "-c", PROGRAM, json.dumps({"web": entry}), *READERS]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run(command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=300, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout) == loaded
