"""What becomes of an image after its build: released machines, boot test, retention, adoption, pinned sources."""

from __future__ import annotations

import json

import pytest

from tests.support.machines import run_on_machine_from
from tests.support.options import covers
from tests.support.stacks import image, rows


def script(text: str) -> list[dict[str, object]]:
    """Provisioners of one shell command."""
    return [{"type": "shell", "inline": [text]}]


def write_to(name: str, text: str) -> list[dict[str, object]]:
    """Provisioners that write a file in the login folder."""
    return script(f"echo {text} > {name}")


@covers("release")
@pytest.mark.parametrize("api_version", ["v2"])
def test_a_released_stack_holds_its_image_costs_nothing_and_knows_it(stack, cloud):
    """Only the image is left; refresh sees no drift, an unchanged up does nothing, a change builds anew."""
    stack.configure({"web": image(release="after-image")})
    stack.up().ok()
    first = stack.outputs()
    cloud.assert_only_images(first["image_id"])
    assert "web-builder" in stack.resources(), "the builder's row stays as finished"
    assert "unchanged" in stack.refresh().ok().text
    before = cloud.mutations()
    assert "unchanged" in stack.up().ok().text
    assert cloud.mutations() == before
    stack.configure({"web": image(release="after-image", provisioners=write_to("new", "x"))})
    stack.up().ok()
    second = stack.outputs()["image_id"]
    cloud.assert_only_images(first["image_id"], second)
    cloud.send("DELETE", f"/v1/image/{second}")
    stack.refresh().ok()
    assert "neither an image nor a builder" in stack.preview().ok().text, "the cloud is asked, not a flag"
    before = cloud.mutations()
    stack.destroy().ok()
    assert cloud.mutations() == before, "destroy has nothing left to do"


@covers("verify", "on_verify_failure", "tag_current")
def test_consumers_keep_the_previous_image_until_the_new_one_has_passed_its_boot_test(stack, cloud):
    """A bad image is never handed out: the output and the tag `current` stay; both move when the test passes."""
    web = {"verify": ["grep good state", "id -un"], "release": "after-image"}
    stack.configure({"web": image(**web, provisioners=write_to("state", "good"))})
    stack.up().ok()
    first = stack.outputs()
    assert cloud.images()[0]["tag"]["current"] == "web"
    assert stack.resources()["web-verification"]["outputs"]["api_calls"] > 0
    cloud.assert_only_images(first["image_id"])

    stack.configure({"web": image(**web, provisioners=write_to("state", "bad"))})
    failed = stack.up().failed("failed its boot test", "grep good state", "it was removed with its build")
    assert "exit code 1 and printed nothing\n" in failed.text, "lines stay lines"
    assert stack.outputs() == first
    assert [found["id"] for found in cloud.images()] == [first["image_id"]]

    quarantined = image(**web, provisioners=write_to("state", "ugly"), on_verify_failure="quarantine")
    stack.configure({"web": quarantined})
    stack.up().failed("is kept under the tag quarantine")
    bad = next(found for found in cloud.images() if found["id"] != first["image_id"])
    assert "quarantine" in bad["tag"]
    assert "current" not in bad["tag"]
    assert "failed its boot test" in stack.preview().ok().text, "a failed image is never handed out by another up"

    stack.configure({"web": image(**web, provisioners=write_to("state", "good-again"))})
    stack.up().ok()
    second = stack.outputs()["image_id"]
    current = [found["id"] for found in cloud.images() if "current" in found["tag"]]
    assert current == [second]
    assert run_on_machine_from(cloud, second, "cat state") == "good-again\n"


@covers("keep_last")
def test_only_the_last_images_of_a_name_stay_and_those_in_use(make_stack, cloud):
    """keep_last: 1 removes older images, but neither one that a VM uses nor those of another stack.

    HYPERONE_RELEASE goes over every image's own setting; without it the next up changes nothing in the cloud.
    """
    other, stack = make_stack("other"), make_stack("test")
    other.configure({"web": image(), "b": image(image_name="b", release="at-destroy")})
    other.up(HYPERONE_RELEASE="after-image").ok()
    foreign = [other.outputs(name)["image_id"] for name in ("web", "b")]
    cloud.assert_only_images(*foreign)
    made = []
    for number in range(2):
        stack.configure({"web": image(release="after-image", provisioners=write_to("n", str(number)))})
        stack.up().ok()
        made.append(stack.outputs()["image_id"])
    body = {"name": "user", "service": "a1.nano", "image": made[0], "disk": [{"service": "ssd", "size": 1}]}
    vm = cloud.send("POST", "/v1/vm", {**body, "netadp": [{"service": "public"}]})
    stack.configure({"web": image(release="after-image", keep_last=1, provisioners=write_to("n", "2"))})
    done = stack.up().ok()
    newest = stack.outputs()["image_id"]
    assert f"({made[0]}) stays beyond keep_last: 1: VM user" in done.text
    assert {found["id"] for found in cloud.images()} == {*foreign, made[0], newest}
    before = cloud.mutations()
    other.up().ok()
    other.destroy().ok()
    assert cloud.mutations() == before, "destroy has nothing left to do"
    disks = [hdd["disk"]["id"] for hdd in cloud.get(f"/v1/vm/{vm['id']}/hdd")]
    cloud.send("DELETE", f"/v1/vm/{vm['id']}", {"removeDisks": disks})


@covers("existing_id", "manifest")
def test_an_existing_image_is_taken_over_and_can_be_built_on(stack, cloud):
    """Nothing is built for an adopted image; another one starts from it; the manifest has Packer's shape."""
    stack.configure({"base": image(image_name="old-base", provisioners=write_to("base", "adopted"))})
    stack.up().ok()
    base = stack.outputs("base")
    app = image(
        source_image="${images.base}",
        image_name="app",
        provisioners=script("cp base app"),
        manifest="{{lower `M`}}.json",
    )
    stack.configure({"base": {"existing_id": "old-base"}, "app": app})
    stack.up().ok()
    assert stack.outputs("base")["image_id"] == base["image_id"]
    assert stack.outputs("base")["build_id"] == base["build_id"]
    made = stack.outputs("app")
    assert run_on_machine_from(cloud, made["image_id"], "cat app") == "adopted\n"
    assert "unchanged" in stack.up().ok().text
    manifest = json.loads((stack.folder / "m.json").read_text())
    (build,) = manifest["builds"]
    assert (build["name"], build["artifact_id"]) == ("app", made["image_id"])
    assert build["packer_run_uuid"] == manifest["last_run_uuid"]
    assert build["packer_run_uuid"].replace("-", "") == made["build_id"]
    stack.destroy().ok()
    cloud.assert_only_images(base["image_id"], made["image_id"])
    stack.configure({"base": {"existing_id": "no-such"}})
    stack.preview().failed("images.base.existing_id", "no-such")


@covers("pin_source")
def test_a_pinned_source_stays_although_its_name_means_another_image(stack, cloud):
    """Without pin_source a newer source is a rebuild that preview announces; with it nothing changes.

    The same where the source is an image of this stack, which is built anew, until pin_source is taken out.
    """
    released = {"release": "after-image"}
    golden = {"one": "golden", "two": "spare"}
    base = image(image_name="base", **released)
    app = image(source_image="${images.base}", image_name="app", **released)
    pinned = {**app, "pin_source": True}
    named = {key: image(image_name=name, **released) for key, name in golden.items()}
    stack.configure({**named, "base": base, "app": pinned})
    stack.up().ok()
    first, second = (stack.outputs(key)["image_id"] for key in golden)
    made = stack.outputs("app")
    web = image(source_image="golden", **released)
    base["provisioners"] = write_to("new", "base")
    stack.configure({"web": web, "base": base, "app": pinned})
    stack.up().ok()
    assert stack.outputs("app") == made
    newer = stack.outputs("base")["image_id"]
    assert newer != made["source_image_id"]

    cloud.send("PATCH", f"/v1/image/{first}", {"name": "golden-old"})
    cloud.send("PATCH", f"/v1/image/{second}", {"name": "golden"})
    assert f"source_image: golden moved {first} → {second}" in stack.preview().ok().text
    web["pin_source"] = True
    stack.configure({"web": web, "base": base, "app": pinned})
    assert "rebuild" not in stack.preview().ok().text
    stack.configure({"web": {**web, "provisioners": script("true")}, "base": base, "app": app})
    said = stack.up().ok().text
    of_web, of_app = ("\n".join(rows(said, f"{key}-build")) for key in ("web", "app"))
    assert "rebuild: provisioners[0]" in of_web
    assert "moved" not in of_web
    assert stack.outputs()["source_image_id"] == first
    assert "rebuild: source_image: " in of_app
    assert stack.outputs("app")["source_image_id"] == newer
    stack.destroy().ok()


def test_an_image_leaves_quarantine_when_its_tag_is_removed_and_its_test_passes(stack, cloud):
    """The tag keeps the image from being used; without it the next `up` repeats the boot test on the same image."""
    web = image(verify=["false"], on_verify_failure="quarantine", release="after-image")
    stack.configure({"web": web})
    stack.up().failed("is kept under the tag quarantine")
    (kept,) = cloud.images()
    assert "image_id" not in stack.run("stack", "output", "--json").ok().text
    stack.configure({"web": {**web, "verify": ["cat proof"]}})
    cloud.send("DELETE", f"/v1/image/{kept['id']}/tag/quarantine")
    stack.up().ok()
    assert stack.outputs()["image_id"] == kept["id"]
    assert cloud.images()[0]["tag"]["current"] == "web"
    cloud.assert_only_images(kept["id"])
