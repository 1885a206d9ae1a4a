"""Which options the e2e tests show in effect, and what docs/settings.md says about bad input."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from pulumi_hyperone.settings import ImageSettings
from tests.support.stacks import ROOT

Test = TypeVar("Test", bound=Callable[..., Any])
E2E = ROOT / "tests" / "e2e"


def covers(*options: str) -> Callable[[Test], Test]:
    """Mark a test as the one that shows these options in effect; a name that is no option fails at once."""
    unknown = set(options) - set(ImageSettings.model_fields)
    assert not unknown, f"no such options: {unknown}"
    return lambda test: test


def covered() -> set[str]:
    """The options that some e2e test says to show, read from the tests' text so that none has to be run."""
    return {name for path in E2E.glob("test_*.py") for name in _named(path)}


def _named(path: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    marks = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "covers"]
    return {argument.value for call in marks for argument in call.args if isinstance(argument, ast.Constant)}


class BadInput(NamedTuple):
    """A row of docs/settings.md: the option, an example of bad input, and the line of the report that it gives."""

    option: str
    value: Any
    line: str


def documented() -> list[BadInput]:
    """The examples of bad input for the options of an image; lines name the image `base`."""
    text = (ROOT / "docs" / "settings.md").read_text().split("\n## The account")[0]
    cells = [re.split(r" (?<!\\)\| ", f"`{row}") for row in re.findall(r"^\| `(.*) \|$", text, re.MULTILINE)]
    return [BadInput(_code(row[0]), json.loads(_code(row[4])), _code(row[5])) for row in cells]


def _code(cell: str) -> str:
    return cell.strip("`").replace("\\|", "|")
