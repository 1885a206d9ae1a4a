"""Templates for `pulumi new`: an empty folder becomes a project that builds an image."""

from __future__ import annotations

import json
import subprocess

from tests.support.stacks import ROOT, Stack
from tools.engine.ensure import engine


def test_a_project_from_the_template_in_yaml_builds_an_image(make_stack, cloud, tmp_path):
    """With the plugin added, whose path only the user knows; Pulumi YAML finds nothing to warn of."""
    home = make_stack("home")
    folder = tmp_path / "new"
    folder.mkdir()
    environment = {**home.environment, "PATH": f"{engine(languages=True).folder}:{home.environment['PATH']}"}
    stack = Stack(folder, environment, "local", home.port)
    for words in (
        ["new", str(ROOT / "templates" / "yaml"), "--yes", "--generate-only", "--name", "golden-images"],
        ["package", "add", str(ROOT / "plugin")],
    ):
        subprocess.run(["pulumi", *words], cwd=folder, env=environment, capture_output=True, check=True)
    stack.run("stack", "init").ok()
    stack.run("config", "set", "ssh_port", str(home.port)).ok()
    assert "Warning" not in stack.up().ok().text
    made = json.loads(stack.run("stack", "output", "--json").ok().text)
    stack.destroy().ok()
    cloud.assert_only_images(made["image_id"])


def test_a_project_from_the_template_builds_an_image_in_the_local_cloud(make_stack, cloud, tmp_path):
    """The README's two commands: the stack `local` is there with the sandbox as its source, and nothing is asked."""
    home = make_stack("home")
    folder = tmp_path / "new"
    folder.mkdir()
    stack = Stack(folder, {**home.environment, "HYPERONE_SSH_PORT": str(home.port)}, "local", home.port)
    stack.run("new", str(ROOT / "templates" / "python"), "--yes", "--name", "golden-images").ok()
    stack.run("up", "--yes").ok()
    outputs = json.loads(stack.run("stack", "output", "--json").ok().text)
    assert outputs["image_name"].startswith("web-")
    assert "unchanged" in stack.run("up", "--yes").ok().text
    cloud.assert_only_images(outputs["image_id"])
    (made,) = cloud.images()
    assert made["tag"]["current"] == "web"
    stack.destroy().ok()
