"""Templates of the builder that speaks the second generation of the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from pulumi_hyperone.packer.result import ImportResult
from pulumi_hyperone.packer.writer import stack_config

BUILDER = {"type": "hyperone", "source_image": "debian", "vm_type": "a1.nano", "disk_size": 10}
HCL = """
packer {{
  required_plugins {{
    hyperone = {{
      version = "{version}"
      source  = "github.com/hashicorp/hyperone"
    }}
  }}
}}
source "hyperone" "web" {{
  source_image = "debian"
  vm_type      = "a1.nano"
  disk_size    = 10
}}
build {{
  sources = ["source.hyperone.web"]
}}
"""
Import = Callable[..., ImportResult]


@pytest.mark.parametrize(
    ("version", "second"),
    [
        (">= 2.0.0", True),
        ("~> 2.1", True),
        ("2.0.0-dev", True),
        ("v10.0.0", True),
        (">= 2.0.0, < 3.0.0", True),
        (">= 1.0.1", False),
        ("< 2.0.0", False),
        ("~> 1.2", False),
        ("0.20.0", False),
    ],
)
def test_the_plugin_s_version_tells_the_generation(imported_text: Import, version: str, second: bool) -> None:
    """Version 2 of the plugin speaks v2, and nothing else."""
    found = imported_text(HCL.format(version=version), "web.pkr.hcl")
    assert found.faults == ()
    assert found.provider == ({"api_version": "v2"} if second else {})
    assert any("hyperone:api_version v2" in row.note for row in found.report) == second


@pytest.mark.parametrize(
    ("options", "provider"),
    [
        ({"location": "pl-waw-1"}, {"api_version": "v2", "location": "pl-waw-1"}),
        ({"network": "public", "project": "p"}, {"api_version": "v2", "project": "p"}),
        ({"network": "5784e97be2627505227b578c"}, {}),
    ],
)
def test_options_of_the_newer_builder_tell_it_too(
    imported_text: Import, options: dict[str, Any], provider: dict[str, Any]
) -> None:
    """A location, or the public network by its name; both land in stack config."""
    found = imported_text(json.dumps({"builders": [{**BUILDER, **options}]}))
    assert found.faults == ()
    assert found.provider == provider
    config = yaml.safe_load(stack_config(found, "template.json"))["config"]
    assert {key: value for key, value in config.items() if key.startswith("hyperone:")} == {
        f"hyperone:{name}": value for name, value in provider.items()
    }
