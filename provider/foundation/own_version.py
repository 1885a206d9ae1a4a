"""The version of this package."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def own_version() -> str:
    """The version that is installed; in a checkout that nobody installed the one in pyproject.toml."""
    try:
        return version("pulumi-hyperone")
    except PackageNotFoundError:
        project = Path(__file__).resolve().parents[2] / "pyproject.toml"
        found = re.search(r'^version = "(.*)"$', project.read_text("utf-8"), re.MULTILINE)
        return found[1] if found else "0.0.0"
