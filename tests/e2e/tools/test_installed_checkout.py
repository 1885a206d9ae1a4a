"""The checkout as an installed package: what `make setup` does for programs and shells anywhere on this machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.checkout import Checkout

pytestmark = pytest.mark.e2e

WHERE = 'python3 -c "import pulumi_hyperone; print(pulumi_hyperone.HyperOneImage, pulumi_hyperone.__file__)"'
RECORD = """
import os as _os, sys as _sys

with open(_os.environ["SEEN"], "a") as _seen:
    print(__file__, *_sys.orig_argv, file=_seen)
"""


def test_make_env_sets_up_a_shell_for_programs_anywhere(checkout: Checkout, tmp_path: Path) -> None:
    """`eval "$(make -s env)"`: engine, package and the command `hyperone` are found, and no import path is set."""
    checkout.own_environment()
    assert "PYTHONPATH" not in checkout.shell("make -s env")
    text = checkout.shell(f'eval "$(make -s env)" && cd {tmp_path} && pulumi whoami --verbose && {WHERE}')
    assert f"Backend URL: file://{checkout.folder}/.state/pulumi" in text
    assert f"{checkout.folder}/pulumi_hyperone/__init__.py" in text
    assert "import-packer" in checkout.shell(f'eval "$(make -s env)" && cd {tmp_path} && hyperone --help')


def test_the_checkout_is_installed_once_and_again_where_it_was_moved(checkout: Checkout) -> None:
    """A second set-up does nothing and leaves nothing in the checkout; in another folder the package is found there."""
    checkout.own_environment()
    assert checkout.shell("tools/setup.sh base 2>&1") == ""
    assert not [*checkout.folder.glob("*.egg-info")]
    moved = checkout.folder.with_name("moved")
    checkout.folder.rename(moved)
    checkout.folder = moved
    assert "install this checkout: done" in checkout.shell("tools/setup.sh base 2>&1")
    assert f"{moved}/pulumi_hyperone/__init__.py" in checkout.shell(f"cd / && {moved}/.venv/bin/{WHERE}")


def test_a_checkout_runs_its_own_package_whatever_is_installed(checkout: Checkout, tmp_path: Path) -> None:
    """Program, provider and commands of a second checkout that shares the environment import the second one's files."""
    checkout.own_environment()
    other = Checkout(tmp_path / "other")
    (other.folder / ".venv").unlink()
    (other.folder / ".venv").symlink_to(checkout.folder / ".venv")
    with (other.folder / "pulumi_hyperone" / "__init__.py").open("a") as module:
        module.write(RECORD)
    seen = tmp_path / "seen"
    other.environment |= {"SEEN": str(seen), "HYPERONE_LOCAL_HOME": checkout.environment["HYPERONE_LOCAL_HOME"]}
    checkout.make("cloud-start")
    other.make("preview", "STACK=sandbox")
    other.make("status", "STACK=sandbox")
    lines = seen.read_text().splitlines()
    assert {line.split()[0] for line in lines} == {f"{other.folder}/pulumi_hyperone/__init__.py"}
    for process in ("pulumi-language-python-exec", "-m pulumi.dynamic", "-m pulumi_hyperone"):
        assert [line for line in lines if process in line], process
