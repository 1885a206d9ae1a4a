"""The one-way flow of imports, read from the sources."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"hyperone", "components", "provider", "local_cloud", "policy", "tools", "tests"}
ALLOWED = {
    "hyperone": {"hyperone", "components", "provider"},
    "components": {"components", "provider"},
    "provider": {"provider"},
    "local_cloud": {"local_cloud"},
    "policy": set(),
    "tools": {"tools"},
}
SOURCES = [path for folder in ALLOWED for path in sorted((ROOT / folder).rglob("*.py"))]


def imported(path: Path) -> set[str]:
    """The modules that a file imports, by their full names."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_layer_may(path):
    """Our own packages are imported along the arrows of docs/architecture.md only."""
    layer = path.relative_to(ROOT).parts[0]
    wrong = {name for name in imported(path) if (top := name.split(".")[0]) in OURS and top not in ALLOWED[layer]}
    assert not wrong


@pytest.mark.parametrize("package", ["provider/api", "provider/ssh", "local_cloud"])
def test_what_talks_to_the_cloud_knows_no_engine(package):
    """The API client, the SSH layer and the local cloud are usable without Pulumi."""
    users = [path for path in (ROOT / package).rglob("*.py") if "pulumi" in {m.split(".")[0] for m in imported(path)}]
    assert users == []


def test_the_api_client_and_the_ssh_layer_do_not_know_each_other():
    """HTTP and SSH are two separate ways to the cloud."""
    for package, other in (("provider/api", "provider.ssh"), ("provider/ssh", "provider.api")):
        for path in (ROOT / package).rglob("*.py"):
            assert not [name for name in imported(path) if name.startswith(other)], path
