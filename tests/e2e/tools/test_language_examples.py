"""The examples in other languages, typed as their pages say into a shell in a real terminal, with preview."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.checkout import Checkout
from tests.support.installed import go, needs
from tests.support.pages import commands
from tests.support.terminal import Shell

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One checkout with an environment of its own, in whose cloud each example leaves its images."""
    made = Checkout(tmp_path_factory.mktemp("examples"))
    made.own_environment()
    yield made
    made.make("cloud-stop")


def build(checkout: Checkout, shell: Callable[..., Shell], example: str, **variables: str) -> Shell:
    """Type the page of an example, preview again, and take the stack away; only its images are left."""
    terminal = shell(checkout, **variables)
    start, *rest = commands(f"examples/{example}/README.md")
    terminal.run(start, 1200)
    before = [image["id"] for image in checkout.cloud("/_local/inventory")["images"]]
    for line in rest:
        terminal.run(line, 1200)
    terminal.run("pulumi preview --expect-no-changes")
    terminal.run("pulumi destroy --remove")
    left: dict[str, Any] = checkout.cloud("/_local/inventory")
    assert (left["vms"], left["disks"], left["ips"]) == ([], [], [])
    made = [image["name"] for image in left["images"] if image["id"] not in before]
    assert [re.sub(r"-\d+$", "", name) for name in made] == ["base", "web"]
    return terminal


def test_the_example_in_yaml_is_built_as_its_page_says(checkout: Checkout, shell: Callable[..., Shell]) -> None:
    """The package is added by one command, and an option that does not exist is named before anything is made."""
    terminal = build(checkout, shell, "yaml")
    program = checkout.folder / "examples" / "yaml" / "Pulumi.yaml"
    program.write_text(program.read_text().replace("vmType", "vmKind"))
    terminal.run("pulumi stack init wrong")
    assert "Property vmKind does not exist" in terminal.run("pulumi preview", fails=True)


def test_the_example_in_typescript_is_built_as_its_page_says(checkout: Checkout, shell: Callable[..., Shell]) -> None:
    """The generated SDK has a type for each option: a number for a name does not compile."""
    needs("npm", "npm")
    terminal = build(checkout, shell, "typescript")
    terminal.run("npx tsc --noEmit")
    program = checkout.folder / "examples" / "typescript" / "index.ts"
    program.write_text(program.read_text().replace('vmType: "a1.nano"', "vmType: 7"))
    assert "Type 'number' is not assignable to type 'Input<string" in terminal.run("npx tsc --noEmit", fails=True)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_example_in_go_is_built_as_its_page_says(checkout: Checkout, shell: Callable[..., Shell]) -> None:
    """The generated SDK has a type for each option: a number for a name does not compile, and the engine says so."""
    terminal = build(checkout, shell, "go", PATH=f"{go().parent}:{os.environ['PATH']}")
    program = checkout.folder / "examples" / "go" / "main.go"
    program.write_text(program.read_text().replace('pulumi.String("a1.nano")', "pulumi.Int(7)", 1))
    terminal.run("pulumi stack init wrong")
    shown = terminal.run("pulumi preview", 600, fails=True)
    assert "cannot use pulumi.Int(7)" in shown
    assert "the program cannot be built: go's errors are above" in shown
