"""A whole build on a sandbox machine: what arrives in the cloud, what is kept, what a change does."""

from __future__ import annotations

from tests.support.machines import run_on_machine_from
from tests.support.stacks import BOTH, image, rows

GREETING = {"type": "shell", "environment_vars": ["GREETING=it's $HOME"], "scripts": ["greet.sh"]}
SCRIPT = '#!/bin/sh\nprintf "%s" "$GREETING" > /home/guru/greeting\n'


@BOTH
def test_up_makes_an_image_of_what_was_provisioned(stack, cloud):
    """The image that `up` puts out is Online, and a machine made from it holds the files that the build wrote."""
    stack.write("greet.sh", SCRIPT)
    stack.write("files/motd", "from a file\n")
    upload = {"type": "file", "source": "files/motd", "destination": "/home/guru/motd"}
    stack.configure({"web": image(provisioners=[GREETING, upload], image_tags={"team": "web"})})
    stack.up().ok()
    outputs = stack.outputs()
    made = cloud.get(f"/v1/image/{outputs['image_id']}")
    assert (made["state"], made["name"], made["tag"]["team"]) == ("Online", "web", "web")
    said = run_on_machine_from(cloud, outputs["image_id"], "cat greeting motd")
    assert said == "it's $HOMEfrom a file\n"
    stack.destroy().ok()
    cloud.assert_only_images(outputs["image_id"])


def test_a_changed_script_is_named_in_preview_and_builds_a_new_image_beside_the_old(stack, cloud):
    """Preview says which script changed; `up` makes another image and keeps the first one."""
    stack.write("greet.sh", SCRIPT)
    stack.configure({"web": image(provisioners=[GREETING])})
    stack.up().ok()
    first = stack.outputs()["image_id"]
    stack.write("greet.sh", SCRIPT + "echo more\n")
    preview = stack.preview().ok()
    assert "rebuild: provisioners[0]: greet.sh changed" in preview.text
    stack.up().ok()
    second = stack.outputs()["image_id"]
    assert {found["id"] for found in cloud.images()} == {first, second}
    assert len(cloud.inventory()["vms"]) == 1, "the first builder is gone"


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


@BOTH
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


def test_one_image_may_start_from_another(stack, cloud):
    """`${images.base}` builds in order, and a change of the base is announced for what depends on it."""
    base = image(image_name="base", provisioners=[{"type": "shell", "inline": ["echo base > base.txt"]}])
    app = image(image_name="app", source_image="${images.base}", provisioners=[_copy_base()])
    stack.configure({"app": app, "base": base})
    stack.up().ok()
    assert run_on_machine_from(cloud, stack.outputs("app")["image_id"], "cat app.txt") == "base\n"
    base["provisioners"][0]["inline"] = ["echo other > base.txt"]
    stack.configure({"app": app, "base": base})
    preview = stack.preview().ok()
    assert "may rebuild: depends on image base" in preview.text
    stack.up().ok()
    assert run_on_machine_from(cloud, stack.outputs("app")["image_id"], "cat app.txt") == "other\n"


def _copy_base():
    return {"type": "shell", "inline": ["cp base.txt app.txt"]}


def test_rows_show_progress_with_the_last_line_of_output(stack):
    """While a provisioner runs, its row shows its latest output line; the whole output is in the log file."""
    lines = "for i in 1 2 3 4; do echo step $i; sleep 0.6; done"
    stack.configure({"web": image(provisioners=[{"type": "shell", "inline": [lines]}])})
    done = stack.up().ok()
    shown = "\n".join(rows(done.text, "web-provisioning"))
    assert "step 2" in shown
    log = stack.resources()["web-provisioning"]["outputs"]["log_file"]
    with open(log) as file:
        assert "step 1\n" in (text := file.read())
    assert "step 4\n" in text
