"""The corpus of templates and a short way to import from it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.packer.importer import import_template
from pulumi_hyperone.packer.result import ImportResult


@pytest.fixture
def corpus() -> Path:
    """The folder of the templates that the project wrote for these tests."""
    return Path(__file__).parent / "corpus"


@pytest.fixture
def imported(corpus: Path) -> Callable[..., ImportResult]:
    """Import a template of the corpus in an environment that holds nothing but what is given."""

    def run(name: str, **options: Any) -> ImportResult:
        options.setdefault("environ", {})
        options.setdefault("cwd", corpus)
        return import_template(corpus / name, **options)

    return run


@pytest.fixture
def imported_text(tmp_path: Path) -> Callable[..., ImportResult]:
    """Import a template that is written in the test."""

    def run(text: str, name: str = "template.json", **options: Any) -> ImportResult:
        (tmp_path / name).write_text(text, encoding="utf-8")
        options.setdefault("environ", {})
        return import_template(tmp_path / name, cwd=tmp_path, **options)

    return run
