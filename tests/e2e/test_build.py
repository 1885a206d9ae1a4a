"""A whole build on a sandbox machine: what arrives in the cloud, what is kept, what a change does."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.cloud import Cloud
from tests.support.machines import run_on_machine_from
from tests.support.stacks import Stack, image, new_stack, rows

GREETING = {"type": "shell", "environment_vars": ["GREETING=it's $HOME"], "scripts": ["greet.sh"]}
SCRIPT = '#!/bin/sh\nprintf "%s" "$GREETING" > /home/guru/greeting\n'
SLOWLY = "for i in 1 2 3 4; do echo step $i; sleep 0.6; done"


def shell(line: str) -> list[dict[str, Any]]:
    """Provisioners of one shell command."""
    return [{"type": "shell", "inline": [line]}]


@dataclass
class Built:
    """What an `up` printed and made: the images by the settings' names, what their machines hold, the VMs it left."""

    text: str
    images: dict[str, dict[str, Any]]
    held: dict[str, str]
    vms: list[str]


@dataclass
class Story:
    """Four images built, previewed after two changes, built again, destroyed."""

    first: Built
    log: str
    preview: str
    second: Built
    left: dict[str, Any]


@pytest.fixture(scope="module")
def story(session_cloud, engine_path, api_version, tmp_path_factory) -> Story:
    """One stack: an image with files, one of a slow command, one that starts from another."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    stack = new_stack(tmp_path_factory.mktemp("build") / "project", engine_path, cloud, "test", api_version)
    stack.write("greet.sh", SCRIPT)
    stack.write("files/motd", "from a file\n")
    upload = {"type": "file", "source": "files/motd", "destination": "/home/guru/motd"}
    images = {
        "web": image(provisioners=[GREETING, upload], image_tags={"team": "web"}),
        "slow": image(image_name="slow", provisioners=shell(SLOWLY)),
        "app": image(image_name="app", source_image="${images.base}", provisioners=shell("cp base.txt app.txt")),
        "base": image(image_name="base", provisioners=shell("echo base > base.txt")),
    }
    stack.configure(images)
    first = built(stack, cloud)
    log = Path(stack.resources()["slow-provisioning"]["outputs"]["log_file"]).read_text()
    stack.write("greet.sh", SCRIPT + "echo more\n")
    images["base"]["provisioners"] = shell("echo other > base.txt")
    stack.configure(images)
    preview = stack.preview().ok().text
    second = built(stack, cloud)
    stack.destroy().ok()
    return Story(first, log, preview, second, cloud.inventory())


def built(stack: Stack, cloud: Cloud) -> Built:
    """`up`, and what came of it."""
    text = stack.up().ok().text
    vms = [vm["tag"]["pulumi-image"] for vm in cloud.inventory()["vms"]]
    images = {name: cloud.get(f"/v1/image/{stack.outputs(name)['image_id']}") for name in ("web", "slow", "app")}
    asked = {"web": "cat greeting motd", "app": "cat app.txt"}
    held = {name: run_on_machine_from(cloud, images[name]["_id"], command) for name, command in asked.items()}
    return Built(text, images, held, sorted(vms))


def test_up_makes_an_image_of_what_was_provisioned(story):
    """The image that `up` puts out is Online, and a machine made from it holds the files that the build wrote."""
    made = story.first.images["web"]
    assert (made["state"], made["name"], made["tag"]["team"]) == ("Online", "web", "web")
    assert story.first.held["web"] == "it's $HOMEfrom a file\n"
    assert (story.left["vms"], story.left["disks"], story.left["ips"]) == ([], [], [])


def test_rows_show_progress_with_the_last_line_of_output(story):
    """While a provisioner runs, its row shows its latest output line; the whole output is in the log file."""
    # Which of them were the latest when the row was drawn depends on the machine.
    assert re.search(r"step [1-4]", "\n".join(rows(story.first.text, "slow-provisioning")))
    assert "step 1\n" in story.log
    assert "step 4\n" in story.log


def test_a_changed_script_is_named_in_preview_and_builds_a_new_image_beside_the_old(story):
    """Preview says which script changed; `up` makes another image, keeps the first one, and leaves what is the same."""
    assert "rebuild: provisioners[0]: greet.sh changed" in story.preview
    first, second = ({name: one["_id"] for name, one in up.images.items()} for up in (story.first, story.second))
    assert first["web"] != second["web"]
    assert first["slow"] == second["slow"]
    assert {first["web"], second["web"]} <= {one["id"] for one in story.left["images"]}
    assert story.second.vms == ["app", "base", "slow", "web"], "the first builders are gone"


def test_one_image_may_start_from_another(story):
    """`${images.base}` builds in order, and a change of the base is announced for what depends on it."""
    assert story.first.held["app"] == "base\n"
    assert "may rebuild: depends on image base" in story.preview
    assert story.second.held["app"] == "other\n"


def test_new_builds_ask_once_and_a_changed_name_description_or_tag_is_updated_in_place(stack, cloud):
    """Two new images ask once for their source and look for no leftovers; what is changed of one of them follows.

    Nothing is announced to be made anew, and the other image stays as it is.
    """
    other = image(image_name="other")
    stack.configure({"a": image(image_tags={"team": "web", "old": "x"}, image_description="first"), "b": other})
    stack.run("up", "--yes", "--skip-preview").ok()
    calls = cloud.get("/_local/calls")
    assert [call["path"] for call in calls].count("/v1/image/sandbox") == 1
    assert not {"vm.list", "image.list"} & {call["operation"] for call in calls}
    before = {name: stack.outputs(name) for name in ("a", "b")}
    stack.configure({"a": image(image_name="web2", image_tags={"team": "ops"}, image_description="second"), "b": other})
    preview = stack.preview().ok()
    assert "replace" not in preview.text
    assert "rebuild" not in preview.text
    assert "1 to update" in preview.text
    stack.up().ok()
    made = cloud.get(f"/v1/image/{before['a']['image_id']}")
    assert (made["name"], made["description"], made["tag"]["team"]) == ("web2", "second", "ops")
    assert "old" not in made["tag"]
    assert stack.outputs("a") == {**before["a"], "image_name": "web2"}
    assert stack.outputs("b") == before["b"]


@pytest.mark.parametrize("api_version", ["v2"])
def test_a_failed_rebuild_leaves_the_old_image_even_with_keep_image_false(stack, cloud):
    """The only image is not removed before a new one is there; when it is, the old goes, and `destroy` removes it."""
    stack.configure({"web": image(keep_image=False)})
    stack.up().ok()
    first = stack.outputs()["image_id"]
    stack.configure({"web": image(keep_image=False, provisioners=[{"type": "shell", "inline": ["exit 9"]}])})
    stack.up().failed("exit code 9")
    assert {found["id"] for found in cloud.images()} == {first}
    stack.configure({"web": image(keep_image=False, provisioners=[{"type": "shell", "inline": ["exit 0"]}])})
    stack.up().ok()
    assert {found["id"] for found in cloud.images()} == {stack.outputs()["image_id"]} != {first}
    stack.destroy().ok()
    cloud.assert_only_images()
