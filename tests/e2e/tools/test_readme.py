"""README.md and examples/README.md, word by word: their commands typed into a shell in a real terminal, with preview.

What the cloud of a test cannot give is set around them: where the clone comes from, which stack and tests make works on
unless told, an image by the name `debian`, and the address of the cloud that stands for HyperOne.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.checkout import Checkout
from tests.support.pages import GREETING, commands
from tests.support.terminal import Shell
from tools.stack.paths import ROOT

pytestmark = pytest.mark.e2e

REFUSED = {"make ssh IMAGE=hello", "make preview POLICY=policy POLICY_CONFIG=policy/prod.json"}
"""What comes next, but not here: nothing failed that one could log in to, and the rules are those for production."""
INVENTORY = "/_local/inventory"
REMOVE = "pulumi destroy --remove"


def on_hyperone(checkout: Checkout, shell: Callable[..., Shell]) -> Shell:
    """A shell of somebody with a token of HyperOne's, for which the local cloud stands, with its port of SSH."""
    status = checkout.status()
    address = {"HYPERONE_API_URL": status["url"], "HYPERONE_SSH_PORT": str(status["ssh_port"])}
    return shell(checkout, secret=status["token"], **address)


def name_debian(checkout: Checkout) -> None:
    """Give an image of the local cloud the name that HyperOne's Debian has."""
    image = checkout.cloud(INVENTORY)["images"][0]
    checkout.cloud(f"/v1/image/{image['id']}", "PATCH", name="debian")


def images(checkout: Checkout) -> list[str]:
    """The names of the images in the local cloud without their times; fails the test when anything else is there."""
    left = checkout.cloud(INVENTORY)
    assert (left["vms"], left["disks"], left["ips"]) == ([], [], [])
    return [re.sub(r"-\d+$", "", image["name"]) for image in left["images"]]


def test_the_examples_are_built_as_their_page_says(checkout: Checkout, shell: Callable[..., Shell]) -> None:
    """Both stacks in the local cloud, one from the other's image, unchanged when previewed again, and away."""
    checkout.commit()
    checkout.own_environment()
    terminal = shell(checkout)
    for line in commands("examples/README.md", "In the local cloud"):
        if line == REMOVE:
            terminal.run("pulumi preview --expect-no-changes")
            state = [path for path in (checkout.folder / ".state").rglob("*") if path.is_file()]
            assert [path for path in state if GREETING.encode() in path.read_bytes()] == []
        terminal.run(line)
    assert images(checkout) == ["base", "web", "app"]
    base, web, _ = (checkout.cloud(f"/v1/image/{image['id']}") for image in checkout.cloud(INVENTORY)["images"])
    assert web["tag"]["base-build"] == base["tag"]["pulumi-build"]
    assert (web["tag"]["team"], web["tag"]["current"]) == ("web", "web")
    assert GREETING not in terminal.text
    assert f'"{web["name"]}"' in terminal.text, "a secret option makes no other option secret"
    assert checkout.shell("git status --porcelain") == ""


def test_an_example_and_a_stack_of_ones_own_account_are_built_on_hyperone_as_their_pages_say(
    checkout: Checkout, shell: Callable[..., Shell]
) -> None:
    """With a token typed where it is asked for; only the port of SSH is not HyperOne's.

    The stack dev installs packages; a sandbox has no apt-get, so that the machine gets a file.
    """
    checkout.own_environment()
    checkout.make("build", "STACK=sandbox")
    name_debian(checkout)
    file = checkout.folder / "stacks" / "Pulumi.dev.yaml"
    file.write_text(re.sub("sudo apt-get .*", "echo nginx > installed.txt", file.read_text()))
    own = on_hyperone(checkout, shell)
    *build, destroy = commands("README.md", "Your own HyperOne account")
    for line in build:
        own.run(line)
    assert [one["name"].rpartition("-")[0] for one in checkout.cloud(INVENTORY)["images"]][1:] == ["dev-base"]
    assert "hyperone-image/dev" in own.run("make status STACK=dev"), "the token is that of the stack's config"
    own.run(destroy)
    assert images(checkout) == ["debian"]

    example = on_hyperone(checkout, shell)
    for line in commands("examples/README.md", "On HyperOne"):
        if line == "pulumi up":
            example.run('pulumi config set ssh_port "$HYPERONE_SSH_PORT"')
        example.run(line)
    example.run(REMOVE)
    assert images(checkout) == ["debian", "base", "web"]
    token = checkout.status()["token"]
    assert token not in own.text + example.text + file.read_text()


def next_commands() -> list[str]:
    """The commands in the README's table of what comes next, but for those with a place to fill in."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| .* \| (.*) \|$", text.partition("## What next\n")[2].partition("\n## ")[0], re.MULTILINE)
    found = [words for row in rows for words in re.findall(r"`(.*?)`", row)]
    return [words for words in found if re.match(r"(make|eval|pulumi|hyperone) ", words) and "…" not in words]


def test_the_readme_is_typed_by_a_new_user(checkout: Checkout, tmp_path: Path, shell: Callable[..., Shell]) -> None:
    """Clone, build, test, what comes next; a sandbox machine takes the virtual one's place, a few tests that of all."""
    clone = tmp_path / "hyperone-images"
    checkout.commit()
    small = {"STACK": "sandbox", "TESTS": "tests/unit/tools/test_versions.py", "JOBS": "0"}
    terminal = shell(checkout, tmp_path, **small)
    cloning, *rest = commands("README.md", "Two commands")
    terminal.run(cloning.replace("…", str(checkout.folder)))
    (checkout.folder / ".venv").rename(clone / ".venv")
    checkout.folder = clone
    checkout.own_environment()
    for line in rest:
        terminal.run(line)
    with (clone / "scripts" / "greet.sh").open("a") as script:
        script.write("echo changed\n")
    template = {"builders": [{"type": "hyperone", "source_image": "debian", "vm_type": "a1.nano", "disk_size": 10}]}
    (clone / "template.json").write_text(json.dumps(template))
    shown = {line: terminal.run(line, fails=line in REFUSED) for line in next_commands()}
    assert "rebuild: provisioners[0]: scripts/greet.sh changed" in shown["make preview"]
    assert "the builder of image 'hello' is stopped" in shown["make ssh IMAGE=hello"]
    assert (clone / "stacks" / "Pulumi.mine.yaml").is_file()
