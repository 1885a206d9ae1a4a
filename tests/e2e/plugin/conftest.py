"""Programs in YAML that use the plugin of this checkout, as a consumer's own project would."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.yaml_stacks import YamlStack, yaml_stack


@pytest.fixture
def yaml_program(make_stack: Any) -> YamlStack:
    """An empty stack for a program in YAML, with the account's token in its environment."""
    return yaml_stack(make_stack("home"))


@pytest.fixture
def program(yaml_program: YamlStack) -> Callable[..., YamlStack]:
    """Write a program in YAML with these resources; returns its stack."""

    def write(resources: dict[str, Any], **more: Any) -> YamlStack:
        yaml_program.program(resources, **more)
        return yaml_program

    return write


def image(port: int, **options: Any) -> dict[str, Any]:
    """Options of a small image, spelled as in other languages than Python."""
    small = {"sourceImage": "sandbox", "vmType": "a1.nano", "diskSize": 1, "sshPort": port, "imageName": "web"}
    return {**small, "provisioners": [{"type": "shell", "inline": ["echo built > /home/guru/proof"]}], **options}
