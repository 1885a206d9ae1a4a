"""The examples in README.md and docs/lifecycle.md under the real engine, changed in nothing but names of places."""

from __future__ import annotations

import json
import re
import shlex
import shutil

import pytest
import yaml

from tests.support.machines import run_on_machine_from
from tests.support.stacks import ROOT, Stack, image


def blocks(page: str, language: str) -> list[str]:
    """The code of one language on a page, block by block."""
    return re.findall(rf"```{language}\n(.*?)```", (ROOT / page).read_text(), re.DOTALL)


@pytest.fixture
def program(make_stack, tmp_path):
    """Make a stack of a program of one's own: a Pulumi.yaml and one Python file, beside this project's stacks."""
    home = make_stack("home")

    def make(name: str, code: str) -> Stack:
        folder = tmp_path / name
        (folder / "stacks").mkdir(parents=True)
        shutil.copy(home.folder / "Pulumi.yaml", folder)
        settings = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        del settings["config"]
        (folder / "Pulumi.yaml").write_text(yaml.safe_dump({**settings, "name": name}))
        (folder / "__main__.py").write_text(code)
        stack = Stack(folder, home.environment, "dev", home.port)
        stack.run("stack", "init").ok()
        return stack

    return home, make


def test_the_two_images_of_the_readme_are_built_one_from_the_other(stack, cloud):
    """As it says: a change of scripts/base.sh rebuilds both, one of site/ only `web`."""
    (example,) = [yaml.safe_load(block)["config"] for block in blocks("README.md", "yaml")]
    images = example["hyperone-image:images"]
    assert images["base"]["source_image"] == "debian"
    images["base"]["source_image"] = "sandbox"
    stack.write("scripts/base.sh", "echo one > base.txt\n")
    stack.write("site/index.html", "<p>one</p>\n")
    stack.configure(images, defaults=example["hyperone-image:defaults"])
    stack.up().ok()
    first = {name: stack.outputs(name)["image_id"] for name in images}
    assert cloud.get(f"/v1/image/{first['web']}")["tag"]["team"] == "web"
    assert re.fullmatch(r"web-\d{4}-\d\d-\d\d", stack.outputs("web")["image_name"])
    assert run_on_machine_from(cloud, first["web"], "cat base.txt /srv/www/index.html", size=10) == "one\n<p>one</p>\n"

    stack.write("site/index.html", "<p>two</p>\n")
    said = stack.preview().ok().text
    assert "rebuild: provisioners[0]" in said
    assert said.count("rebuild: ") == 1
    assert "4 to replace" in said, "the chain of one image"
    stack.write("scripts/base.sh", "echo two > base.txt\n")
    stack.up().ok()
    second = {name: stack.outputs(name)["image_id"] for name in images}
    assert not {*first.values()} & {*second.values()}
    assert run_on_machine_from(cloud, second["web"], "cat base.txt /srv/www/index.html", size=10) == "two\n<p>two</p>\n"


def test_another_stack_reads_the_outputs_by_the_documented_reference(program, cloud):
    """The lines in docs/lifecycle.md give the image's id in a program that has nothing else to do with this one."""
    home, make = program
    (code,) = [block for block in blocks("docs/lifecycle.md", "python") if "StackReference" in block]
    stack_name = "organization/hyperone-image/prod"
    assert stack_name in code
    home.configure({"web": {"source_image": "sandbox", "vm_type": "a1.nano", "disk_size": 1}})
    home.up().ok()
    code = code.replace(stack_name, "organization/hyperone-image/home")
    consumer = make("consumer", f'import pulumi\n\n{code}\npulumi.export("found", {{"id": web_image}})\n')
    consumer.up().ok()
    assert consumer.outputs("found")["id"] == home.outputs("web")["image_id"]
    home.destroy().ok()


def test_the_documented_program_builds_two_images(program, cloud):
    """The program in docs/lifecycle.md runs as it is but for the name of the source image and the port of SSH."""
    home, make = program
    (code,) = [block for block in blocks("docs/lifecycle.md", "python") if "HyperOneImage" in block]
    assert code.count("disk_size=10") == 2
    code = code.replace('"debian-12"', '"sandbox"').replace("disk_size=10", f"disk_size=10, ssh_port={home.port}")
    stack = make("own", f"import pulumi\n\n{code}")
    (stack.folder / "web.sh").write_text("echo web > web.txt\n")
    stack.up().ok()
    made = stack.outputs("image_id")
    base = stack.resources()["base-build"]["id"]
    assert cloud.get(f"/v1/image/{made}")["tag"]["base-build"] == base
    assert run_on_machine_from(cloud, made, "cat web.txt", size=10) == "web\n"
    stack.destroy().ok()


def test_secrets_are_set_inside_images_as_documented(stack, cloud):
    """The commands in docs/operations.md: the machine gets the values; no file of stack or state, and no log, does."""
    (block,) = [block for block in blocks("docs/operations.md", "sh") if "--secret --path" in block]
    commands = [shlex.split(line) for line in block.splitlines()]
    values = {"DB_PASSWORD": "hush-database-17", "mirror_key": "hush-mirror-23"}
    assert [words[-1].rpartition(".")[2] for words in commands] == list(values)
    shows = 'echo "$DB_PASSWORD" | tee shown'
    web = image(provisioners=[{"type": "shell", "env": {"DB_PASSWORD": "later"}, "inline": [shows]}])
    template = {
        "variables": {"mirror_key": None},
        "sensitive-variables": ["mirror_key"],
        "builders": [{"type": "hyperone", **image(image_description="from {{user `mirror_key`}}", provisioners=None)}],
        "provisioners": [{"type": "shell", "inline": ["echo {{user `mirror_key`}} | tee shown"]}],
    }
    stack.write("app.json", json.dumps(template))
    stack.configure({"web": web, "app": {"packer": "app.json", "variables": {"mirror_key": "later"}}})
    for words, value in zip(commands, values.values(), strict=True):
        stack.run(*words[1:], value).ok()
    done = stack.up().ok()
    for name, value in zip(("web", "app"), values.values(), strict=True):
        assert run_on_machine_from(cloud, stack.outputs(name)["image_id"], "cat shown") == f"{value}\n"
    searched = [*stack.state_files(), *(stack.folder / "logs").rglob("*.log"), *(stack.folder / "stacks").iterdir()]
    assert len(searched) > 5
    for value in values.values():
        assert [path for path in searched if value.encode() in path.read_bytes()] == []
        assert value not in done.text


def test_pulumi_takes_the_commands_that_set_up_an_account(stack):
    """Pulumi refuses to store in clear what looks like a secret to it, such as a path of some length."""
    lines = (ROOT / "docs" / "authentication.md").read_text().splitlines()
    commands = [line for line in lines if line.startswith("pulumi config set ") and "--secret" not in line]
    assert any("passport_file" in command for command in commands)
    for command in commands:
        words = shlex.split(command.replace("~", "/home/somebody/of-a-team"), comments=True)
        stack.run(*words[1:]).ok()
