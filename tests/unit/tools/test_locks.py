"""The lock files: each holds what its level needs, and no more than the next."""

import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from tools import licences, locks

IMPORT_ALL = """
import importlib, importlib.abc, pkgutil, sys

blocked, packages = set(sys.argv[1].split(",")), sys.argv[2].split(",")

class Blocker(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is not in the lock")

sys.meta_path.insert(0, Blocker())
for package in packages:
    module = importlib.import_module(package)
    for found in pkgutil.walk_packages(module.__path__, package + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
"""


def test_each_lock_holds_the_one_before_it() -> None:
    """The same versions everywhere, so that a checkout can go from running to developing and back."""
    run, cloud, dev = locks.pins(locks.RUN), locks.pins(locks.CLOUD), locks.pins(locks.DEV)
    assert run.items() < cloud.items() < dev.items()
    assert locks.pins(locks.PIP).items() < dev.items()


def test_what_every_user_gets_holds_no_test_tools() -> None:
    """`make up` installs neither linters nor test frameworks."""
    tools = {"ansible-core", "hypothesis", "mypy", "pip-audit", "pytest", "ruff", "schemathesis"}
    assert tools & {*locks.pins(locks.CLOUD)} == set()
    assert tools <= {*locks.pins(locks.DEV)}
    assert {"fastapi", "asyncssh"} & {*locks.pins(locks.RUN)} == set()


@pytest.mark.parametrize(
    ("lock", "packages"),
    [
        (
            locks.RUN,
            "pulumi_hyperone.components,pulumi_hyperone.command,pulumi_hyperone.packer,tools.stack,tools.engine",
        ),
        (locks.CLOUD, "pulumi_hyperone.local_cloud"),
    ],
    ids=["run", "cloud"],
)
def test_a_lock_is_enough_for_its_part(lock: object, packages: str) -> None:
    """Every module of the part can be imported without the packages that only larger locks have."""
    names = {*locks.pins(locks.DEV)} - {*locks.pins(lock)}
    blocked = [
        module
        for module, distributions in packages_distributions().items()
        if {name.lower().replace("_", "-").replace(".", "-") for name in distributions} <= names
    ]
    assert "pytest" in blocked
    command = [sys.executable, "-c", IMPORT_ALL, ",".join(blocked), packages]
    answer = subprocess.run(command, cwd=locks.ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 0, answer.stderr


def test_status_of_the_local_cloud_needs_no_packages_of_its_own() -> None:
    """Commands that only look whether it runs work where builds on HyperOne itself are all that was set up."""
    block = "import sys; sys.modules.update(dict.fromkeys(('fastapi', 'uvicorn', 'asyncssh', 'qemu', 'passlib')))"
    run = "import runpy; sys.argv = ['x', 'status', '--json']; runpy.run_module('pulumi_hyperone.local_cloud.__main__')"
    command = [sys.executable, "-c", f"{block}; {run}"]
    answer = subprocess.run(command, cwd=locks.ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert '"running"' in answer.stdout, answer.stderr


def test_the_page_of_licences_is_that_of_the_locks() -> None:
    """Every package that is shipped stands there with its version and licence: `make licences` writes it."""
    assert licences.PAGE.read_text() == licences.page()
    assert "not stated" not in licences.page()
