"""Stacks of programs in YAML, whose images the plugin of this checkout makes, as a consumer's own project would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from pulumi_hyperone.components.typed_options import ImageOptions
from pulumi_hyperone.plugin.spelling import camel, respelled
from tests.support.stacks import ROOT, Stack
from tools.engine.ensure import engine


@dataclass
class YamlStack(Stack):
    """A stack whose program is written in YAML."""

    def program(self, resources: dict[str, Any], **more: Any) -> None:
        """Write the program; it needs no stack yet."""
        text = {"name": "consumer", "runtime": "yaml", "packages": {"hyperone": str(ROOT / "plugin")}}
        self.write("Pulumi.yaml", json.dumps({**text, "resources": resources, **more}, indent=2))

    def configure(self, images: dict[str, Any], **namespaces: Any) -> None:
        """Write a program of these images, with options as Python spells them, and `hyperone={...}` for the account."""
        account = {f"hyperone:{key}": {"value": value} for key, value in namespaces.pop("hyperone", {}).items()}
        assert not namespaces, f"a program in YAML has no {namespaces}"
        spelled = {key: respelled(camel, ImageOptions, {"ssh_port": self.port, **one}) for key, one in images.items()}
        self.program({"all": {"type": "hyperone:HyperOneImages", "properties": {"images": spelled}}}, config=account)


def yaml_stack(home: Stack) -> YamlStack:
    """An empty stack beside `home`, with its backend and account."""
    environment = {name: value for name, value in home.environment.items() if name != "PYTHONPATH"}
    environment["PATH"] = f"{engine(languages=True).folder}:{environment['PATH']}"
    stack = YamlStack(home.folder.parent / "consumer", environment, "dev", home.port)
    stack.program({})
    stack.run("stack", "init").ok()
    return stack
