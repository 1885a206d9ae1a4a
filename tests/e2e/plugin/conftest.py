"""Programs in YAML that use the plugin of this checkout, as a consumer's own project would."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.support.stacks import ROOT, Stack
from tools.engine.ensure import engine


@pytest.fixture
def program(make_stack: Any, tmp_path: Path) -> Callable[..., Stack]:
    """Write a project in YAML with these resources, and the account's token in its config; returns its stack."""
    home = make_stack("home")
    folder = tmp_path / "consumer"
    environment = {name: value for name, value in home.environment.items() if name != "PYTHONPATH"}
    environment["PATH"] = f"{engine(languages=True).folder}:{environment['PATH']}"
    stack = Stack(folder, environment, "dev", home.port)

    def write(resources: dict[str, Any], **more: Any) -> Stack:
        first = not folder.exists()
        text = {"name": "consumer", "runtime": "yaml", "packages": {"hyperone": str(ROOT / "plugin")}}
        stack.write("Pulumi.yaml", json.dumps({**text, "resources": resources, **more}, indent=2))
        if first:
            stack.run("stack", "init").ok()
        return stack

    return write


def image(port: int, **options: Any) -> dict[str, Any]:
    """Options of a small image, spelled as in other languages than Python."""
    small = {"sourceImage": "sandbox", "vmType": "a1.nano", "diskSize": 1, "sshPort": port, "imageName": "web"}
    return {**small, "provisioners": [{"type": "shell", "inline": ["echo built > /home/guru/proof"]}], **options}
