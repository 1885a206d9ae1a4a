"""What is installed for a program: Pulumi plugins it needs, and Python packages to report."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Plugin:
    """A resource plugin that an installed SDK package asks for; empty version or server: not said."""

    name: str
    version: str
    server: str


def required_plugins(folders: Iterable[Path], places: Iterable[str] = ("*",)) -> list[Plugin]:
    """Return the plugins named by the `pulumi-plugin.json` files in `places` (patterns) of `folders`.

    Files that say `resource: false` (pulumi-policy's), or that cannot be read, ask for nothing.
    """
    patterns = [f"{place}/pulumi-plugin.json" for place in places]
    files = [file for folder in folders for pattern in patterns for file in sorted(folder.glob(pattern))]
    return [plugin for file in files if (plugin := _plugin(_read(file))) is not None]


def required_by_modules(modules: Path) -> list[Plugin]:
    """Return the plugins that the packages in a `node_modules` folder name in the field `pulumi` of package.json."""
    files = sorted({*modules.glob("*/package.json"), *modules.glob("@*/*/package.json")})
    return [plugin for file in files if (plugin := _plugin(_read(file).get("pulumi"))) is not None]


def _read(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _plugin(found: Any) -> Plugin | None:
    if not isinstance(found, dict) or not found.get("resource") or not found.get("name"):
        return None
    return Plugin(str(found["name"]), str(found.get("version", "")), str(found.get("server", "")))


def installed(folders: Iterable[Path]) -> list[tuple[str, str]]:
    """Return name and version of every Python distribution in `folders`, sorted by name."""
    from importlib.metadata import distributions  # noqa: PLC0415 - a sixth of the host's start, for `pulumi about` alone

    found = distributions(path=[str(folder) for folder in folders])
    return sorted({(item.metadata["Name"], item.version) for item in found if item.metadata["Name"]})
