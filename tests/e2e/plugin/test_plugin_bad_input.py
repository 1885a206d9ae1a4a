"""What is wrong in a program in YAML is said in one line each, before anything is created."""

from __future__ import annotations

import re

import pytest

from tests.e2e.plugin.conftest import image

pytestmark = pytest.mark.e2e


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


def test_what_the_schema_tells_is_said_by_pulumi_with_its_line(program, cloud):
    """An option that does not exist, and values of a wrong type with what they should be."""
    wrongs = {
        "Property discSize does not exist on 'hyperone:index:HyperOneImage'": {"discSize": 3},
        "diskSize: Cannot assign 'List<number>' to 'number'": {"diskSize": [3]},
        "imageTags: Cannot assign 'List<string>' to 'Map<string>'": {"imageTags": ["a"]},
    }
    images(program, cloud, wrongs).up("--continue-on-error").failed(*wrongs, "on Pulumi.yaml line")
    assert cloud.mutations() == []


def test_a_value_that_the_schema_takes_is_named_by_the_check_of_the_settings(program, cloud):
    """A text that is no duration, and a type of provisioner that there is not, of two images: one report has both.

    So it has what only the API can tell of a third.
    """
    wrongs = {
        "images.web0.ssh_timeout: must be a duration such as 5m": {"sshTimeout": "soon"},
        "images.web1.provisioners[0].type: unknown type 'shel'; did you mean shell?": {
            "provisioners": [{"type": "shel"}]
        },
        "images.web2.source_image: HyperOne has no image 'nothere'": {"sourceImage": "nothere"},
    }
    stack = images(program, cloud, wrongs)
    for flags in ((), ("--continue-on-error",)):
        assert "the client connection is closing" not in stack.up(*flags).failed(*wrongs).text
    assert cloud.mutations() == []


def test_an_update_that_goes_on_builds_the_images_that_can_be_made(program, cloud):
    """A refused image, which ends a program in YAML, waits for the others. It does not keep `destroy` from anything."""
    port = cloud.local.ssh_port
    resources = {
        "base": {"type": "hyperone:HyperOneImage", "properties": image(port, imageName="base")},
        "bad": {"type": "hyperone:HyperOneImage", "properties": image(port, sshTimeout="soon")},
        "web": {"type": "hyperone:HyperOneImage", "properties": image(port, sourceImage="${base.imageId}")},
    }
    resources["after"] = {"type": "hyperone:HyperOneImage", "properties": image(port, sourceImage="${bad.imageId}")}
    stack = program(resources)
    said = stack.up("--continue-on-error", "--skip-preview").failed("images.bad.ssh_timeout: ")
    assert "the client connection is closing" not in said.text
    assert {made["name"] for made in cloud.images()} == {"base", "web"}
    stack.run("destroy", "--yes", "--run-program").ok()


def images(program, cloud, wrongs):
    """The stack of a program with an image, web0 and so on, for each of these options."""
    made = {f"web{number}": image(cloud.local.ssh_port, **wrong) for number, wrong in enumerate(wrongs.values())}
    return program({name: {"type": "hyperone:HyperOneImage", "properties": one} for name, one in made.items()})


def test_options_that_are_not_known_yet_are_previewed(program, cloud):
    """Outputs of an image that is not built: what is known beside them is checked, the rest once it is known."""
    port = cloud.local.ssh_port
    name = {"type": "shell", "env": {"NAME": "${base.imageName}"}, "inline": ["echo $NAME > name"]}
    unknown = image(
        port, sourceImage="${base.imageId}", imageTags={"base-build": "${base.buildId}"}, provisioners=[name]
    )
    one = {"type": "hyperone:HyperOneImage", "properties": {**unknown, "verify": ["grep -x base name"]}}
    several = {"images": {"db": {**unknown, "imageName": "db"}}}
    base = {"type": "hyperone:HyperOneImage", "properties": image(port, imageName="base")}
    resources = {"base": base, "web": one, "all": {"type": "hyperone:HyperOneImages", "properties": several}}
    several["images"]["db"]["diskType"] = one["properties"]["diskType"] = "tape"
    stack = program(resources)
    stack.preview().failed(".disk_type: HyperOne has no disk type 'tape'")
    assert cloud.mutations() == []
    del several["images"]["db"]["diskType"], one["properties"]["diskType"]
    program(resources)
    previewed = stack.up().ok().text.partition("Updating (dev)")[0]
    assert {"web-image", "db-image"} <= {*re.findall(r"[a-z]+-image", previewed)}
    made = {found["name"]: found for found in cloud.images()}
    assert made["web"]["tag"]["base-build"] == made["db"]["tag"]["base-build"]
    stack.destroy().ok()
    assert made.keys() == {"base", "web", "db"}
    cloud.assert_only_images(*(found["_id"] for found in made.values()))
