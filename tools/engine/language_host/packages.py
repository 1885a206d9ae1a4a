"""What is installed for a program: Pulumi plugins it needs, and Python packages to report."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path


@dataclass(frozen=True)
class Plugin:
    """A resource plugin that an installed SDK package asks for; empty version or server: not said."""

    name: str
    version: str
    server: str


def required_plugins(folders: Iterable[Path]) -> list[Plugin]:
    """Return the plugins named by the `pulumi-plugin.json` files of the packages in `folders`.

    Files that say `resource: false` (pulumi-policy's), or that cannot be read, ask for nothing.
    """
    plugins = []
    for folder in folders:
        for file in sorted(folder.glob("*/pulumi-plugin.json")):
            try:
                found = json.loads(file.read_text(encoding="utf-8"))
            except (OSError, ValueError):
                continue
            if isinstance(found, dict) and found.get("resource") and found.get("name"):
                plugins.append(Plugin(str(found["name"]), str(found.get("version", "")), str(found.get("server", ""))))
    return plugins


def installed(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Return name and version of every Python distribution in `folders`, sorted by name."""
    found = distributions(path=[str(folder) for folder in folders])
    return sorted({(item.metadata["Name"], item.version) for item in found if item.metadata["Name"]})
