"""The policy pack judges what the plugin makes as it judges programs in Python."""

from __future__ import annotations

import json

import pytest

from tests.e2e.plugin.conftest import image
from tests.support.stacks import ROOT

pytestmark = pytest.mark.e2e

SECRET = "hunter2Hunter"
COMMAND = f"PASSWORD={SECRET} true # StrictHostKeyChecking=no"
RULES = {
    "vm-type-allowed": {"enforcementLevel": "advisory", "allowed": ["m2.*"]},
    "disk-size-limited": {"enforcementLevel": "advisory", "max_gib": 0.5},
    "source-image-pinned": "advisory",
    "image-name-pattern": {"enforcementLevel": "advisory", "pattern": "[A-Z]+"},
    "image-verified": "advisory",
    "no-secret-literals": "advisory",
    "host-keys-checked": "advisory",
}


def test_a_program_in_yaml_is_judged_by_the_policy_pack(program, cloud, tmp_path):
    """Rules of all resources find what is wrong, never repeat it, and a mandatory one stops the update."""
    wrong = image(cloud.local.ssh_port, provisioners=[{"type": "shell", "inline": [COMMAND]}])
    stack = program({"web": {"type": "hyperone:HyperOneImage", "properties": wrong}})
    config = tmp_path / "policy.json"
    pack = ("--policy-pack", str(ROOT / "policy"), "--policy-pack-config", str(config))

    config.write_text(json.dumps(RULES | {"source-image-pinned": "mandatory"}))
    said = stack.run("up", "--yes", "--skip-preview", *pack).failed("[mandatory]  source-image-pinned")
    assert "images.web.source_image: sandbox is a name" in said.text
    assert cloud.mutations() == []

    config.write_text(json.dumps({"all": "disabled", **RULES}))
    text = stack.up(*pack).ok().text
    for rule in RULES:
        assert f"[advisory]  {rule} " in text, f"{rule} is not in:\n{text}"
    for place in (
        "vm_type: a1.nano",
        "disk_size: 1 GiB",
        "source_image: sandbox is a name",
        "image_name: 'web' does not match",
        "verify: the image is not tried",
        "provisioners[0].inline[0]: seems to hold a password",
        "provisioners[0].inline[0]: accepts any host key",
    ):
        assert f"images.web.{place}" in text, f"{place} is not in:\n{text}"
    assert SECRET not in text
    kept = [found["id"] for found in cloud.images()]
    stack.destroy().ok()
    cloud.assert_only_images(*kept)
