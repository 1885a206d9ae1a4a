"""The example projects before anything is built; tests/e2e/tools/test_readme.py builds them as their page says."""

from __future__ import annotations

import shutil

import pytest

from tests.support.stacks import ROOT, Stack


@pytest.fixture
def images(make_stack, cloud, tmp_path):
    """A stack of own-project, with a secret in its config."""
    folder = tmp_path / "own-project"
    shutil.copytree(
        ROOT / "examples" / folder.name, folder, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml")
    )
    stack = Stack(folder, make_stack("home").environment, "dev", cloud.local.ssh_port)
    stack.run("stack", "init").ok()
    for words in (
        ["source_image", "sandbox"],
        ["ssh_port", str(stack.port)],
        ["--secret", "motd", "a-secret-greeting"],
    ):
        stack.run("config", "set", *words).ok()
    return stack


def test_a_program_of_ones_own_is_previewed_before_its_images_exist(images, cloud):
    """Options that are not known yet are no fault, wrong ones are, and nothing is created to find that out."""
    shown = images.run("preview").ok()
    assert "web-image" in shown.text
    assert "a-secret-greeting" not in shown.text
    assert cloud.mutations() == []

    program = images.folder / "__main__.py"
    wrong = 'source_image=base.image_id, disk_type="tape",'
    program.write_text(program.read_text().replace("source_image=base.image_id,", wrong))
    images.run("preview").failed("images.web.disk_type: HyperOne has no disk type 'tape'")
    assert cloud.mutations() == []
