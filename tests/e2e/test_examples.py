"""The example projects run as they are: the component in other people's programs, and images used across stacks."""

from __future__ import annotations

import json
import shutil

import pytest

from tests.support.machines import run_on_machine_from
from tests.support.stacks import ROOT, Stack

pytestmark = pytest.mark.alone


EXAMPLES = ROOT / "examples"


@pytest.fixture
def example(make_stack, cloud, tmp_path):
    """Make a stack of an example's own project; both stacks of a test share one backend."""
    home = make_stack("home")

    def make(name: str, **config: str) -> Stack:
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__", "Pulumi.*.yaml"))
        stack = Stack(folder, home.environment, "dev", cloud.local.ssh_port)
        stack.run("stack", "init").ok()
        for key, value in {**config, "ssh_port": str(cloud.local.ssh_port)}.items():
            secret = ["--secret"] if key == "motd" else []
            stack.run("config", "set", *secret, key, value).ok()
        return stack

    return make


def output(stack: Stack, name: str):
    """One output of a stack."""
    return json.loads(stack.run("stack", "output", "--json").ok().text)[name]


def test_a_program_of_ones_own_is_previewed_before_its_images_exist(example, cloud):
    """`pulumi preview` and `pulumi up` as the README types them: unknown options are no fault, wrong ones are."""
    images = example("own-project", source_image="sandbox", motd="a-secret-greeting")
    shown = images.run("preview").ok()
    assert "web-image" in shown.text
    assert "a-secret-greeting" not in shown.text
    assert cloud.mutations() == []

    program = images.folder / "__main__.py"
    right = program.read_text()
    program.write_text(right.replace("source_image=base.image_id,", 'source_image=base.image_id, disk_type="tape",'))
    images.run("preview").failed("images.web.disk_type: HyperOne has no disk type 'tape'")
    assert cloud.mutations() == []

    program.write_text(right)
    images.run("up", "--yes").ok()
    made = [output(images, "base")["image_id"], output(images, "image_id")]
    assert "unchanged" in images.run("up", "--yes").ok().text
    images.run("destroy", "--yes").ok()
    cloud.assert_only_images(*made)


def test_a_program_of_ones_own_builds_images_and_another_stack_uses_them(example, cloud):
    """Outputs as options, a secret among them; the consumer starts from the image of the first stack."""
    images = example("own-project", source_image="sandbox", motd="a-secret-greeting")
    done = images.up().ok()
    web = cloud.get(f"/v1/image/{output(images, 'image_id')}")
    build = images.resources()["base-build"]["id"]
    assert (web["tag"]["base-build"], web["tag"]["team"], web["tag"]["current"]) == (build, "web", "web")
    assert web["name"] == output(images, "image_name"), "a secret option makes no other option secret"
    assert "a-secret-greeting" not in done.text
    assert all(b"a-secret-greeting" not in path.read_bytes() for path in images.state_files())
    assert "unchanged" in images.up().ok().text

    consumer = example("consumer", images_stack="organization/golden-images/dev")
    consumer.up().ok()
    app = output(consumer, "image_id")
    assert run_on_machine_from(cloud, app, "cat release.txt") == "base\nweb\napp\n"
    cloud.assert_only_images(output(images, "base")["image_id"], web["id"], app)
