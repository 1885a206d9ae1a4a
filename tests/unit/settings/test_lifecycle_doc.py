"""The examples in docs/lifecycle.md are settings that load."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from pulumi_hyperone.settings import load_images

PAGE = Path(__file__).parents[3] / "docs" / "lifecycle.md"
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)]
MACHINE = {"source_image": "debian-12", "vm_type": "a1.nano", "disk_size": 10}


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: next(iter(example)))
def test_an_example_has_no_fault(example):
    """What the page shows is accepted as it is; what it leaves out are the machine's options."""
    defaults = example.pop("hyperone-image:defaults", {})
    images = example.pop("hyperone-image:images", None) or example or {"web": {}}
    defaults = {**MACHINE, **defaults}
    if any("source_image_filter" in (options or {}) for options in images.values()):
        del defaults["source_image"]
    loaded, faults = load_images({"images": images, "defaults": defaults}, Path.cwd())
    assert faults == []
    assert set(loaded) == set(images)
