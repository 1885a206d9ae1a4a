"""A plugin in Python and those who use it: `pulumi package` for programs in YAML, Python and TypeScript."""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from typing import Any

import pytest

from tests.support.environments import borrow_packages, new_environment

pytestmark = pytest.mark.e2e

RUNTIME = f"runtime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
OWN = "runtime: {name: python, options: {virtualenv: own}}\n"
COMPONENT = """
from typing import Optional, TypedDict

import pulumi


class GreetingArgs(TypedDict):
    name: pulumi.Input[str]


class Greeting(pulumi.ComponentResource):
    text: pulumi.Output[str]

    def __init__(self, name: str, args: GreetingArgs, opts: Optional[pulumi.ResourceOptions] = None):
        super().__init__("greeter:index:Greeting", name, {}, opts)
        self.text = pulumi.Output.concat("hello ", args["name"])
        self.register_outputs({"text": self.text})
"""
MAIN = """
from component import Greeting
from pulumi.provider.experimental import component_provider_host

component_provider_host([Greeting], "greeter")
"""
IN_YAML = """
name: probe
runtime: yaml
resources:
  greeting: {type: greeter:Greeting, properties: {name: YAML}}
outputs: {text: "${greeting.text}"}
"""
IN_PYTHON = """
import pulumi
import pulumi_greeter as greeter

pulumi.export("text", greeter.Greeting("greeting", name="Python").text)
"""


@pytest.fixture
def greeter(project: Any) -> str:
    """The folder of a plugin with one component."""
    project.write("greeter/PulumiPlugin.yaml", RUNTIME)
    project.write("greeter/component.py", COMPONENT)
    project.write("greeter/__main__.py", MAIN)
    return "./greeter"


def text(project: Any) -> str:
    """What the component of the program says."""
    project.run("up", "--yes", "--skip-preview")
    return str(json.loads(project.run("stack", "output", "--json"))["text"])


def test_program_in_yaml_uses_a_package_that_it_adds(project: Any, greeter: str) -> None:
    """`pulumi package add` is all that a program in YAML needs, also where no Python is its own."""
    project.write("Pulumi.yaml", IN_YAML)
    project.environment.pop("VIRTUAL_ENV", None)
    assert "greeter:index:Greeting" in json.loads(project.run("package", "get-schema", greeter))["resources"]
    project.run("package", "add", greeter)
    assert text(project) == "hello YAML"


def test_program_in_python_uses_an_sdk_that_it_adds(project: Any, greeter: str) -> None:
    """`pulumi package add` generates Pulumi's own SDK, has the program require it, and installs it."""
    borrow_packages(new_environment(project.folder / "own"))
    project.write("Pulumi.yaml", "name: probe\nruntime: {name: python, options: {virtualenv: own}}\n")
    project.write("__main__.py", IN_PYTHON)
    assert "import pulumi_greeter as greeter" in project.run("package", "add", greeter)
    assert (project.folder / "requirements.txt").read_text() == "sdks/greeter\n"
    assert text(project) == "hello Python"


def test_program_without_an_environment_is_told_how_to_install_an_sdk(project: Any, greeter: str) -> None:
    """The system's Python is not changed."""
    project.write("Pulumi.yaml", "name: probe\nruntime: python\n")
    assert "python -m pip install sdks/greeter" in project.run("package", "add", greeter)


def test_sdk_for_typescript_has_the_types_of_the_package(project: Any, greeter: str) -> None:
    """`pulumi package gen-sdk` writes it without Node.js."""
    project.run("package", "gen-sdk", greeter, "--language", "nodejs", "--out", "sdk")
    assert "name: pulumi.Input<string>;" in (project.folder / "sdk" / "nodejs" / "greeting.ts").read_text()


@pytest.mark.parametrize(("runtime", "made_by"), [("nodejs", "npm init"), ("go", "go mod init")])
def test_program_without_its_manifest_is_told_what_makes_one(
    project: Any, greeter: str, runtime: str, made_by: str
) -> None:
    """An SDK that nothing can require yet: one line, none of npm's or go's."""
    project.write("Pulumi.yaml", f"name: probe\nruntime: {runtime}\n")
    text = project.run("package", "add", greeter, fails=True)
    assert f"run '{made_by}" in text
    assert "npm error" not in text
    assert "go: " not in text


def test_plugin_that_is_an_installed_package_needs_no_main(project: Any, greeter: str) -> None:
    """The SDK serves the components that the package of the name in pyproject.toml exports."""
    (project.folder / "greeter" / "__main__.py").unlink()
    text = project.run("package", "get-schema", greeter, fails=True)
    assert "it has neither a __main__.py nor a pyproject.toml" in text
    assert "Traceback" not in text
    borrow_packages(new_environment(project.folder / "greeter" / "own"))
    project.write("greeter/PulumiPlugin.yaml", OWN)
    project.write(
        "greeter/pyproject.toml",
        "[project]\nname = 'component'\nversion = '1'\n[tool.setuptools]\npy-modules = ['component']\n",
    )
    assert "Greeting" in project.run("package", "get-schema", greeter)


def test_plugin_without_its_environment_says_what_makes_one(project: Any, greeter: str) -> None:
    """One line names the environment and the command; the command makes it."""
    project.write("greeter/PulumiPlugin.yaml", OWN)
    project.write("greeter/requirements.txt", f"pulumi=={version('pulumi')}\n")
    project.write("Pulumi.yaml", IN_YAML + f"packages: {{greeter: {greeter}}}\n")
    text = project.run("preview", fails=True)
    assert "greeter/own (option 'virtualenv') does not exist; create it: run 'pulumi install'" in text
    assert "Traceback" not in text
    project.run("install")
    project.run("preview")
