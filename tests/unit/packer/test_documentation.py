"""docs/from-packer.md says what the code does."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from pulumi_hyperone.packer.hcl.functions import FUNCTIONS
from pulumi_hyperone.packer.result import PROJECT_OPTIONS, ImportResult
from pulumi_hyperone.packer.writer import stack_config
from pulumi_hyperone.provider.provisioners.catalog import TYPES
from pulumi_hyperone.settings.template.functions import FUNCTION_NAMES, REFUSED


@pytest.fixture
def page() -> str:
    """The text of the page."""
    return (Path(__file__).parents[3] / "docs" / "from-packer.md").read_text(encoding="utf-8")


def test_every_function_and_option_is_on_the_page(page: str) -> None:
    """A function that exists in code but not on the page, or the other way round, fails."""
    json_part, hcl_part = page.split("## Functions of JSON templates")[1].split("## HCL2")
    named = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"^\| (`.*?) \|", json_part, re.MULTILINE))))
    assert named == FUNCTION_NAMES | set(REFUSED)
    rows = "\n".join(re.findall(r"^\| [a-z ]+ \| (`.*) \|$", hcl_part, re.MULTILINE))
    assert set(re.findall(r"`(\w+)`", rows)) == set(FUNCTIONS) | {"can", "try", "convert"}
    for name in [*PROJECT_OPTIONS, *(kind for kind in TYPES if kind != "sleep")]:
        assert f"`{name}`" in page


def test_the_worked_example_is_what_the_import_gives(page: str, imported_text: Callable[..., ImportResult]) -> None:
    """The template on the page gives the stack config on the page."""
    template = re.findall(r"```json\n(.*?)```", page, re.DOTALL)[0]
    assert json.loads(template)
    result = imported_text(template, "web.json", environ={"MIRROR_KEY": "abc123"})
    written = re.findall(r"    ```yaml\n(.*?)    ```", page, re.DOTALL)[0]
    expected = "\n".join(line.removeprefix("    ") for line in written.splitlines())
    assert yaml.safe_load(expected) == yaml.safe_load(stack_config(result, "web.json"))
    assert stack_config(result, "web.json").strip() == expected.strip()
