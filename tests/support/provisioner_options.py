"""Which options of provisioners the tests show in effect, on real machines or here."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.catalog import TYPES

Test = TypeVar("Test", bound=Callable[..., Any])
ALL = "all"
"""Stands for the options that every type has."""
FOLDERS = tuple(Path(__file__).parents[1] / name for name in ("cloud/provisioners", "cloud/ssh", "unit/provisioners"))


def options_of(kind: str) -> set[str]:
    """The options of a type alone; those of every type for ALL."""
    common = set(Provisioner.model_fields) - {"type"}
    return common if kind == ALL else set(TYPES[kind].model_fields) - common - {"type"}


def shows(kind: str, *options: str) -> Callable[[Test], Test]:
    """Mark a test as one that shows these options of a type in effect; a name that is no option fails at once."""
    unknown = set(options) - options_of(kind)
    assert not unknown, f"{kind} has no such options: {unknown}"
    return lambda test: test


def shown() -> set[tuple[str, str]]:
    """Type and option that some test says to show, read from the tests' text so that none has to be run."""
    found: set[tuple[str, str]] = set()
    for path in (path for folder in FOLDERS for path in folder.glob("test_*.py")):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "shows":
                kind, *options = [one.value for one in call.args if isinstance(one, ast.Constant)]
                found |= {(kind, option) for option in options}
    return found
