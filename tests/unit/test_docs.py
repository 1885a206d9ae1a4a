"""What the README and the other pages promise exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def targets() -> set[str]:
    """The targets of the Makefile."""
    found: set[str] = set()
    for names in re.findall(r"^([a-z][a-z -]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE):
        found |= set(names.split())
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_linked_page_exists(page):
    """Links to files of the repository lead somewhere."""
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_make_command_is_a_target(page):
    """What stands in code as `make X` is a target of the Makefile."""
    named = re.findall(r"(?:`|\$ |^\s*)make (?:-s )?([a-z][a-z-]+)", page.read_text(), re.MULTILINE)
    assert set(named) <= targets()


def test_the_readme_names_the_test_command_that_ci_runs():
    """CI calls the test command of the README."""
    assert "$ make test\n" in (ROOT / "README.md").read_text()
    assert "\nmake test\n" in (ROOT / ".ci" / "run").read_text()


def test_every_stack_file_is_a_valid_example(monkeypatch):
    """Each file in stacks/ holds settings without a fault."""
    import yaml

    from pulumi_hyperone.settings import load_images

    monkeypatch.chdir(ROOT)
    for file in sorted((ROOT / "stacks").glob("Pulumi.*.yaml")):
        config = yaml.safe_load(file.read_text())["config"]
        images = {key: config.get(f"hyperone-image:{key}") for key in ("images", "defaults")}
        _, faults = load_images(images, ROOT)
        assert faults == [], file.name
