"""The engine's own commands, as docs/operations.md gives them."""

from __future__ import annotations

import pytest

from tests.support.stacks import image


def test_forced_rebuild_target_and_forgotten_row(stack, cloud):
    """--replace on a Build makes that image anew, --target leaves others, a forgotten image is made again."""
    stack.configure({"a": image(image_name="a"), "b": image(image_name="b")})
    stack.up().ok()
    first = {name: stack.outputs(name)["image_id"] for name in "ab"}

    stack.up("--replace", "**::a-build").ok()
    replaced = stack.outputs("a")["image_id"]
    assert replaced != first["a"]
    assert stack.outputs("b")["image_id"] == first["b"]

    changed = [{"type": "shell", "inline": ["echo changed > changed"]}]
    stack.configure({name: image(image_name=name, provisioners=changed) for name in "ab"})
    stack.up("--target", "**::b-*", "--target-dependents").ok()
    resources = stack.resources()
    assert resources["a-image"]["id"] == replaced
    assert resources["b-image"]["id"] != first["b"]

    builder = resources["b-builder"]["id"]
    stack.run("state", "delete", resources["b-image"]["urn"], "--yes").ok()
    stack.up("--target", "**::b-*").ok()
    again = stack.resources()
    assert again["b-image"]["id"] not in (first["b"], resources["b-image"]["id"])
    assert again["b-builder"]["id"] == builder


@pytest.mark.parametrize("api_version", ["v1"])
def test_destroy_takes_the_settings_of_the_last_up_unless_it_runs_the_program(stack, cloud):
    """A token that is wrong today is not looked at without --run-program; with it, it is refused: nothing changes."""
    web = image(release="at-destroy")
    good = {"token": cloud.local.token, "project": cloud.local.project}
    stack.configure({"web": web}, hyperone=good)
    stack.up(HYPERONE_TOKEN="").ok()
    made = stack.outputs()["image_id"]
    stack.configure({"web": web}, hyperone={**good, "token": "0" * 48})
    before = cloud.mutations()
    stack.run("refresh", "--yes", "--skip-preview", timeout=600, HYPERONE_TOKEN="").ok()
    stack.destroy("--run-program", HYPERONE_TOKEN="").failed("refused the token from stack config hyperone:token")
    assert cloud.mutations() == before
    stack.configure({"web": web}, hyperone=good)
    stack.destroy("--run-program", HYPERONE_TOKEN="").ok()
    cloud.assert_only_images(made)
