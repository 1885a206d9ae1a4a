"""What is wrong in a program in YAML is said in one line each, before anything is created."""

from __future__ import annotations

import pytest

from tests.e2e.plugin.conftest import image

pytestmark = pytest.mark.e2e


def test_an_option_that_does_not_exist_is_named_with_its_line(program, cloud):
    """Programs in YAML are checked against the package's schema."""
    wrong = {"type": "hyperone:HyperOneImage", "properties": image(cloud.local.ssh_port, discSize=3)}
    stack = program({"web": wrong})
    stack.up().failed("Property discSize does not exist on 'hyperone:index:HyperOneImage'", "on Pulumi.yaml line")
    assert cloud.mutations() == []


def test_faults_of_all_images_are_reported_together(program, cloud):
    """A value out of range and a missing file, of two images, in one report."""
    port = cloud.local.ssh_port
    images = {
        "one": image(port, diskSize=-3),
        "two": image(port, provisioners=[{"type": "shell", "script": "missing.sh"}]),
    }
    stack = program({"all": {"type": "hyperone:HyperOneImages", "properties": {"images": images}}})
    said = stack.up().failed("images.one.disk_size: ", "images.two.provisioners[0].script: ", "missing.sh").text
    assert said.count("missing.sh") <= 2, "the row and the diagnostics"
    assert "the client connection is closing" not in said
    assert cloud.mutations() == []


def test_what_only_the_api_can_tell_is_said_once(program, cloud):
    """The check of a source image that is not there fails alone; nothing complains of its being stopped."""
    wrong = image(cloud.local.ssh_port, sourceImage="nothere")
    stack = program({"web": {"type": "hyperone:HyperOneImage", "properties": wrong}})
    said = stack.up().failed("images.web.source_image: HyperOne has no image 'nothere'")
    assert "the client connection is closing" not in said.text
    assert cloud.mutations() == []


def test_a_wrong_token_is_said_in_one_line(program, cloud):
    """The token of the config goes over the environment's; it is not shown."""
    stack = program({"web": {"type": "hyperone:HyperOneImage", "properties": image(cloud.local.ssh_port)}})
    stack.run("config", "set", "--secret", "hyperone:token", "not-a-token-77").ok()
    said = stack.up().failed("401", "hyperone:token").text
    assert "not-a-token-77" not in said
    assert cloud.mutations() == []
