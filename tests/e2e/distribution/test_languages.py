"""Programs of somebody who has the wheel and its plugin, in an empty folder: nothing of the checkout is on the path."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.distribution.conftest import OWN
from tests.support.environments import borrow_packages, new_environment
from tests.support.stacks import Stack, rows
from tools.engine.ensure import engine

IN_YAML = """
name: consumer
runtime: yaml
config: {ssh_port: {type: integer}}
resources:
  all:
    type: hyperone:HyperOneImages
    properties:
      images:
        base: {sourceImage: sandbox, imageName: base, MACHINE, provisioners: [{type: shell, script: base.sh}]}
        web: {sourceImage: "$${images.base}", imageName: web, MACHINE, verify: [grep -x base kind]}
        db: {sourceImage: sandbox, imageName: db, MACHINE, provisioners: [{type: shell, inline: [echo db > kind]}]}
        cache: {sourceImage: sandbox, imageName: cache, MACHINE}
outputs: {images: "${all.images}"}
""".replace("MACHINE", "vmType: a1.nano, diskSize: 1, sshPort: '${ssh_port}', keepImage: false")
IN_PYTHON = """
import importlib.util

import command
import policy
import pulumi
import pulumi_hyperone_sdk as hyperone
import settings
from components.names import IMAGE
from provider.sizes import sizes

if importlib.util.find_spec("pulumi_hyperone"):
    raise ImportError("the package is installed where only its SDK should be")
machine = {**sizes(), "ssh_port": pulumi.Config().require_int("ssh_port"), "keep_image": False}
db = hyperone.ShellOptionsArgs(type="shell", inline=[command.BUILD])
made = hyperone.HyperOneImages(
    "all",
    images={
        "base": {
            **machine,
            "source_image": "sandbox",
            "image_name": "base",
            "provisioners": [{"type": "shell", "script": "base.sh"}],
        },
        IMAGE: {**machine, "source_image": "${images.base}", "image_name": IMAGE, "verify": ["grep -x base kind"]},
        "db": hyperone.ImageOptionsArgs(
            **machine, source_image="sandbox", image_name="db", provisioners=[db], verify=[policy.RULE]
        ),
        "cache": {**machine, "source_image": "sandbox", "image_name": "cache"},
    },
)
pulumi.export("images", made.images)
pulumi.export("who", settings.WHO)
"""
MAKE = '\nhyperone.HyperOneImages("all", images=images)\n'
WRONG = f"""
import pulumi_hyperone_sdk as hyperone

good = {{"source_image": "sandbox", "vm_type": "a1.nano", "disk_size": 1}}
images = {{
    "one": {{**good, "disc_size": 3}},
    "two": {{**good, "disk_size": "big"}},
    "three": {{**good, "provisioners": [{{"type": "shell", "script": "no.sh"}}]}},
}}
{MAKE}
"""


def write_python(stack: Stack) -> None:
    """A program in Python with an environment and modules of its own."""
    borrow_packages(new_environment(stack.folder / "own"))
    stack.write("Pulumi.yaml", "name: consumer\nruntime: {name: python, options: {virtualenv: own}}\n")
    for name, text in {**OWN, "__main__.py": IN_PYTHON}.items():
        stack.write(name, text)


@pytest.fixture
def consumer(python: Path, make_stack: Any, tmp_path: Path) -> Stack:
    """A stack of the consumer's, with the engine and the installed command on its path."""
    home = make_stack("home")
    environment = {name: value for name, value in home.environment.items() if name != "PYTHONPATH"}
    environment["PATH"] = f"{engine(languages=True).folder}:{python.parent}:/usr/bin:/bin"
    stack = Stack(tmp_path / "consumer", environment, "dev", home.port)
    stack.folder.mkdir()
    return stack


def typed(stack: Stack, *words: str) -> str:
    """What a command says that succeeds in the consumer's folder."""
    done = subprocess.run(
        words, cwd=stack.folder, env=stack.environment, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def add_plugin(stack: Stack) -> None:
    """Write the plugin, add it by the command that is then said, and make the stack."""
    said = typed(stack, "hyperone", "plugin", "the-plugin")
    add = re.search(r"pulumi package add .*", said)
    assert add, said
    typed(stack, *add[0].split())
    stack.run("stack", "init").ok()
    stack.run("config", "set", "ssh_port", str(stack.port)).ok()


def images_of(stack: Stack) -> dict[str, str]:
    """The ids of the images that the program made, by name."""
    outputs = json.loads(stack.run("stack", "output", "--json").ok().text)["images"]
    return {name: one.get("imageId") or one["image_id"] for name, one in outputs.items()}


def test_a_program_in_yaml_builds_four_images(consumer: Stack, cloud: Any) -> None:
    """The plugin is written and added by two commands; the script beside the program is found; destroy removes all."""
    consumer.write("Pulumi.yaml", IN_YAML)
    add_plugin(consumer)
    consumer.write("base.sh", "echo base > kind\n")
    consumer.up().ok()
    made = images_of(consumer)
    assert sorted(made) == ["base", "cache", "db", "web"]
    assert {image["id"] for image in cloud.images()} == set(made.values())
    consumer.destroy().ok()
    cloud.assert_only_images()


def test_what_is_wrong_in_a_program_in_python_is_said_and_four_images_go_through_their_life(
    consumer: Stack, cloud: Any
) -> None:
    """Faults are said before anything is created; a changed script rebuilds its image and the one built on it."""
    write_python(consumer)
    add_plugin(consumer)
    all_faults_are_reported_together(consumer)
    a_token_that_is_refused_is_not_shown(consumer)
    assert cloud.mutations() == []

    consumer.run("config", "rm", "hyperone:token").ok()
    consumer.write("__main__.py", IN_PYTHON)
    consumer.write("base.sh", "echo base > kind\n")
    consumer.up().ok()
    first = images_of(consumer)
    assert sorted(first) == ["base", "cache", "db", "web"]
    assert {image["id"] for image in cloud.images()} == set(first.values())

    consumer.write("base.sh", "echo base > kind\necho changed >> kind\n")
    changed = consumer.up().ok().text
    assert any("provisioners[0]: base.sh changed" in row for row in rows(changed, "base-build")), changed
    second = images_of(consumer)
    assert {name for name in first if first[name] != second[name]} == {"base", "web"}

    consumer.refresh().ok()
    assert "unchanged" in consumer.up("--expect-no-changes").ok().text
    consumer.destroy().ok()
    cloud.assert_only_images()


def all_faults_are_reported_together(consumer: Stack) -> None:
    """The faults of all images in one report, each in one line."""
    consumer.write("__main__.py", WRONG)
    said = consumer.run("preview").failed()
    report = said.text.partition("Diagnostics:")[2]
    assert "hyperone:index:Settings resource 'all' has a problem: 3 faults in the settings" in report, said.text
    assert "the client connection is closing" not in report, said.text
    for fault in (
        "images.one.disc_size: unknown option 'disc_size'; did you mean disk_size?",
        "images.two.disk_size: must be a number of GiB greater than 0 and at most 65536, not 'big'",
        "images.three.provisioners[0].script: no.sh does not exist",
    ):
        assert report.count(fault) == 1, said.text


def a_token_that_is_refused_is_not_shown(consumer: Stack) -> None:
    """The config's token goes over the environment's."""
    consumer.write("__main__.py", WRONG.partition("images =")[0] + "images = {'one': good}" + MAKE)
    consumer.run("config", "set", "--secret", "hyperone:token", "not-a-token-77").ok()
    refused = consumer.up().failed("401", "hyperone:token").text
    assert "not-a-token-77" not in refused


def test_the_plugin_is_not_written_into_a_folder_of_other_things(consumer: Stack) -> None:
    """One line names the folder, which stays as it is."""
    consumer.write("full/mine", "")
    command = ["hyperone", "plugin", "full"]
    refused = subprocess.run(
        command, cwd=consumer.folder, env=consumer.environment, capture_output=True, text=True, check=False
    )
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    assert "full already exists and is not this plugin" in refused.stderr
    assert [one.name for one in (consumer.folder / "full").iterdir()] == ["mine"]
