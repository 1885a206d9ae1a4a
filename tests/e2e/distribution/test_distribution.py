"""The wheel: what is in it, and a program of somebody who has installed nothing but that."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from tests.e2e.distribution.conftest import BUILD, OWN
from tests.support.environments import pip
from tests.support.stacks import ROOT, Stack

PROGRAM = """
import pulumi

import command
import policy
import settings
from components.names import IMAGE
from provider.sizes import sizes

from pulumi_hyperone import HyperOneImage, ImageOptions

image = HyperOneImage(
    IMAGE,
    ImageOptions(
        **sizes(),
        source_image="sandbox",
        image_name="web",
        ssh_port=pulumi.Config().require_int("ssh_port"),
        provisioners=[{"type": "shell", "inline": [command.BUILD]}],
        verify=[policy.RULE],
    ),
)
pulumi.export("image_id", image.image_id)
pulumi.export("who", settings.WHO)
"""
TYPED = """
from pulumi_hyperone import HyperOneImage, ImageOptions

right = HyperOneImage("right", ImageOptions(source_image="debian-12", disk_size=10))
reveal_type(right.image_id)
HyperOneImage("wrong", ImageOptions(source_image="debian-12", disc_size=10))
"""


def members(wheel: Path) -> dict[str, int]:
    """What a wheel installs, and the permissions of each file."""
    with zipfile.ZipFile(wheel) as archive:
        return {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}


def test_the_wheel_holds_the_package_and_nothing_else(checkout, wheel):
    """One top-level name; every file that the package links to, with data, py.typed and permissions; no test."""
    package = checkout / "pulumi_hyperone"
    sources = [package, *(link.resolve() for link in package.iterdir() if link.is_symlink())]
    expected = {}
    for source in sources:
        prefix = "pulumi_hyperone" if source == package else f"pulumi_hyperone/{source.name}"
        files = [path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
        expected |= {f"{prefix}/{path.relative_to(source)}": bool(path.stat().st_mode & 0o100) for path in files}
    found = {name: bool(mode & 0o100) for name, mode in members(wheel).items() if ".dist-info/" not in name}
    assert found == expected
    assert {"py.typed", "__main__.py"} <= {name.removeprefix("pulumi_hyperone/") for name in found}
    assert sum(not name.endswith(".py") for name in found) > 20, "stubs of sandboxes, files of guests"


def test_the_wheel_is_the_same_when_built_from_the_sdist(checkout, wheel, tmp_path):
    """The source archive unpacks and builds: it holds all that the wheel needs, the folders behind the links too."""
    build = f"from setuptools.build_meta import build_sdist; build_sdist({str(tmp_path)!r})"
    subprocess.run([sys.executable, "-c", build], cwd=checkout, check=True, capture_output=True, timeout=120)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(tmp_path, filter="data")
    pip(*BUILD, "--wheel-dir", str(tmp_path / "wheel"), str(tmp_path / archive.name.removesuffix(".tar.gz")))
    (rebuilt,) = (tmp_path / "wheel").glob("*.whl")
    assert members(rebuilt) == members(wheel)


def test_the_installed_command_runs_in_any_folder(python, tmp_path):
    """`hyperone` lists what it does, and a call of the API names the package and its version."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python.parent / "hyperone"), "--help"]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert {"status", "sweep", "import-packer"} <= {*re.findall(r"[a-z-]+", said)}
    module = "pulumi_hyperone.provider.foundation.own_version"
    ask = f"from {module} import own_version; import {module} as m; print(own_version(), m.__file__)"
    command = [str(python), "-c", ask]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    version = re.search(r'^version = "(.*)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert said.split()[0] == version[1]
    assert said.split()[1].startswith(str(python.parents[1]))


def test_a_program_with_folders_of_the_same_names_builds_an_image(python, make_stack, cloud, tmp_path):
    """Its own provider/, components/, policy.py and others are its own; ours load in the program and the provider."""
    folder = tmp_path / "consumer"
    for name, text in {**OWN, "__main__.py": PROGRAM}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    runtime = f"name: consumer\nruntime: {{name: python, options: {{virtualenv: {python.parents[1]}}}}}\n"
    (folder / "Pulumi.yaml").write_text(runtime)
    environment = {name: value for name, value in make_stack("home").environment.items() if name != "PYTHONPATH"}
    stack = Stack(folder, environment, "dev", cloud.local.ssh_port)
    stack.run("stack", "init").ok()
    stack.run("config", "set", "ssh_port", str(stack.port)).ok()
    stack.run("up", "--yes").ok()
    made = stack.outputs("image_id")
    assert stack.outputs("who") == "the consumer's own settings"
    stack.run("destroy", "--yes").ok()
    cloud.assert_only_images(made)


def test_a_type_checker_sees_the_types_of_the_installed_package(python, tmp_path):
    """py.typed is there: results have types, and an option that does not exist is refused."""
    (tmp_path / "program.py").write_text(TYPED)
    command = [sys.executable, "-m", "mypy", "--strict", "--python-executable", str(python), "program.py"]
    said = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False).stdout
    assert re.search(r'program.py:5: note: Revealed type is "pulumi\.output\.Output\[\w*\.?str\]"', said), said
    assert [line for line in said.splitlines() if ": error: " in line] == [
        'program.py:6: error: Extra key "disc_size" for TypedDict "ImageOptions"  [typeddict-unknown-key]'
    ], said
