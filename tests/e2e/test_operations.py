"""The engine's own commands, as docs/operations.md gives them."""

from __future__ import annotations

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
