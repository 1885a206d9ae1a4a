"""Whole stacks through the second generation of the API."""

from __future__ import annotations

import json

import pytest

from tests.support.machines import run_on_machine_from
from tests.support.stacks import account, image

pytestmark = pytest.mark.parametrize("api_version", ["v2"])


def only_v2(cloud) -> None:
    """Fail unless every call of the provider went to the second generation."""
    paths = {call["path"] for call in cloud.get("/_local/calls") if not call["path"].startswith(("/_local", "/v1"))}
    assert any(path.startswith("/v2/compute/pl-waw-1/project/") for path in paths), paths


def test_a_stack_lives_and_dies(stack, cloud):
    """Preview, up, an unchanged up, refresh and destroy; the image holds what was built, and nothing else is left."""
    printing = {"type": "shell-local", "inline": [f"cat {cloud.local.passport()}"]}
    steps = [*image()["provisioners"], printing]
    stack.configure({"web": image(image_tags={"team": "web"}, image_description="first", provisioners=steps)})
    assert "has no effect" not in stack.preview().ok().text
    stack.up().ok()
    outputs = stack.outputs()
    made = cloud.get(f"/v1/image/{outputs['image_id']}")
    assert (made["state"], made["name"], made["tag"]["team"]) == ("Online", "web", "web")
    only_v2(cloud)
    log = "".join(path.read_text() for path in (stack.folder / "logs").rglob("*") if path.is_file())
    assert f"API v2 at {cloud.local.url_v2} (the end of the address from the environment variable" in log
    before = cloud.mutations()
    assert "unchanged" in stack.up().ok().text
    stack.refresh().ok()
    assert cloud.mutations() == before
    stack.configure({"web": image(image_tags={"team": "ops"}, image_description="second", provisioners=steps)})
    stack.up().ok()
    changed = cloud.get(f"/v1/image/{outputs['image_id']}")
    assert (changed["tag"]["team"], changed["description"]) == ("ops", "second")
    assert run_on_machine_from(cloud, outputs["image_id"], "cat proof") == "built\n"
    key = json.loads(cloud.local.passport().read_text())["private_key"].splitlines()[1]
    assert "subject_id" in log, "the passport was printed"
    assert key not in log
    assert all(key not in path.read_text(errors="replace") for path in stack.state_files())
    stack.destroy().ok()
    cloud.assert_only_images(outputs["image_id"])


def test_a_stack_built_through_v1_is_destroyed_through_v2(stack, cloud):
    """They are the same objects under the same ids, so that a stack can move from one generation to the other."""
    v1 = account(cloud, "v1")
    stack.configure({"web": image(), "old": image(image_name="old", keep_image=False)})
    without = {"HYPERONE_PASSPORT_FILE": ""}
    stack.up(**v1, **without).ok()
    stack.refresh().ok()
    stack.destroy().ok()
    assert [found["name"] for found in cloud.images()] == ["web"]


def test_an_adapter_type_is_warned_about(stack, cloud):
    """v2 has none; the line names the option, and nothing fails."""
    stack.configure({"web": image(public_netadp_service="gold")})
    text = stack.preview().ok().text
    assert "images.web.public_netadp_service has no effect: adapters of v2 have no types" in text


def test_a_failed_build_is_cleaned_up(stack, cloud):
    """With on_failure: cleanup nothing of the build is left but the message."""
    failing = [{"type": "shell", "inline": ["echo broken >&2", "exit 7"]}]
    stack.configure({"web": image(provisioners=failing, on_failure="cleanup")})
    stack.up().failed("exit", "broken")
    cloud.assert_only_images()
    stack.destroy().ok()


def test_what_the_cloud_does_not_know_is_said_before_anything_is_made(stack, cloud):
    """Types, images and keys are checked in v2's own lists."""
    unknown = {"vm_type": "z9.huge", "source_image": "nothing", "disk_type": "tape", "ssh_keys": ["nobody"]}
    stack.configure({"web": image(**unknown, image_access_rights=["*"])})
    stack.preview().failed(
        "images.web.vm_type: HyperOne has no vm type 'z9.huge'",
        "images.web.source_image: HyperOne has no image 'nothing' that this project can see; "
        "give an existing id or name (v2 lists no recommended images, so that their aliases are unknown)",
        "images.web.disk_type: HyperOne has no disk type 'tape'",
        "images.web.ssh_keys[0]: HyperOne has no SSH key 'nobody'",
        "images.web.image_access_rights: cannot be set: the second generation of HyperOne's API has no access rights",
    )
    cloud.assert_only_images()
