"""Templates for `pulumi new`: an empty folder becomes a project that builds an image."""

from __future__ import annotations

import json

from tests.support.stacks import ROOT, Stack


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
