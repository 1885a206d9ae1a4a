"""The one-way flow of imports (docs/architecture.md), read from the sources."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = "pulumi_hyperone"
ALLOWED = {
    "command": {"packer", "settings", "provider"},
    "components": {"packer", "settings", "provider"},
    "packer": {"settings", "provider"},
    "plugin": {"components", "settings", "provider"},
    "settings": {"provider"},
    "provider": set(),
    "local_cloud": set(),
}
"""Which packages a package may import, besides itself."""
ROOMS = {
    "resources": {
        "schema",
        "provenance",
        "records",
        "checks",
        "tracking",
        "process",
        "provisioners",
        "chroot",
        "ssh",
        "api",
        "foundation",
    },
    "schema": {"tracking", "process", "ssh", "api", "foundation"},
    "provenance": {"records", "tracking", "ssh", "foundation"},
    "checks": {"tracking", "process", "api", "foundation"},
    "tracking": {"process", "api", "foundation"},
    "process": {"credentials", "api", "foundation"},
    "records": {"process", "ssh", "foundation"},
    "chroot": {"ssh", "foundation"},
    "provisioners": {"ssh", "foundation"},
    "credentials": {"ssh", "api", "foundation"},
    "api": {"foundation"},
    "ssh": {"foundation"},
    "foundation": set(),
}
"""The same for the rooms of the provider."""
WITHOUT_ENGINE = ("provider/api", "provider/ssh", "provider/chroot", "provider/provisioners", "packer", "local_cloud")


def modules(folder: str) -> list[Path]:
    """The Python files below a folder of the checkout, those that run in guests left out."""
    return [path for path in sorted((ROOT / folder).rglob("*.py")) if "guest" not in path.parts]


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def arrows(folder: str, depth: int) -> set[tuple[str, str]]:
    """What the files below `folder` import of ours: the file and the part of the imported name at `depth`."""
    found = set()
    for path in modules(folder):
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == OURS and len(parts) > depth and parts[1:depth] == folder.split("/")[: depth - 1]:
                found.add((str(path.relative_to(ROOT)), parts[depth]))
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_is_below_it(package):
    """Packages are imported along the arrows of docs/architecture.md only."""
    assert not {arrow for arrow in arrows(package, 1) if arrow[1] not in ALLOWED[package] | {package}}


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_of_the_provider_imports_only_what_is_below_it(room):
    """Inside the provider the arrows point from resources down to the foundation."""
    assert not {arrow for arrow in arrows(f"provider/{room}", 2) if arrow[1] not in ROOMS[room] | {room}}


def test_every_package_and_room_is_in_the_tables():
    """A new folder is placed in the flow before it is used."""
    assert {path.name for path in (ROOT / OURS).iterdir() if path.is_symlink()} == ALLOWED.keys()
    assert {path.name for path in (ROOT / "provider").iterdir() if (path / "__init__.py").exists()} == ROOMS.keys()


def test_nothing_is_imported_by_the_name_of_its_folder():
    """`import provider` would be a second copy of `pulumi_hyperone.provider`."""
    folders = [*ALLOWED, "tools", "tests", "benchmarks", "examples", "templates"]
    wrong = {
        (path, name)
        for folder in folders
        for path in modules(folder)
        for name in imported(path)
        if name.split(".")[0] in ALLOWED
    }
    assert not wrong


@pytest.mark.parametrize("folder", WITHOUT_ENGINE)
def test_what_works_without_an_engine_does_not_import_pulumi(folder):
    """HTTP, SSH, provisioners, Packer templates and the local cloud are usable without Pulumi."""
    assert not [path for path in modules(folder) if "pulumi" in {name.split(".")[0] for name in imported(path)}]
