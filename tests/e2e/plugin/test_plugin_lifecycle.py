"""Images built by programs in YAML: the plugin does what the dynamic resources do."""

from __future__ import annotations

import json

import pytest

from tests.e2e.plugin.conftest import image
from tests.support.stacks import rows

pytestmark = pytest.mark.e2e

SECRET = "hush-plugin-61"


def test_images_go_through_their_whole_life(program, cloud):
    """Four images, one from another: up, a changed script, refresh, nothing to do, destroy; secrets stay hidden.

    `getImage` finds what an earlier `up` made, by name, and a component of one image builds on it.
    """
    port = cloud.local.ssh_port
    word = {"provisioners": [{"type": "shell", "env": {"WORD": "${word}"}, "inline": ["echo $WORD > word"]}]}
    images = {
        "base": image(port, imageName="base"),
        "web": image(port, sourceImage="$${images.base}", verify=["grep -x built /home/guru/proof"]),
        "db": image(port, imageName="db", **word),
        "cache": image(port, imageName="cache", imageTags={"someKey": "kept as it is"}),
    }
    resources = {"all": {"type": "hyperone:HyperOneImages", "properties": {"images": images}}}
    more = {"config": {"word": {"type": "string"}}, "outputs": {"images": "${all.images}"}}
    stack = program(resources, **more)
    stack.run("config", "set", "--secret", "word", SECRET).ok()
    shown = stack.up().ok().text
    assert "hyperone:index:Preflight" in shown
    assert SECRET not in shown
    built = json.loads(stack.run("stack", "output", "--json", "--show-secrets").ok().text)["images"]
    made = {one["name"]: one for one in cloud.images()}
    assert {name: one["imageId"] for name, one in built.items()} == {name: made[name]["_id"] for name in images}
    assert built["web"]["sourceImageId"] == built["base"]["imageId"]
    assert made["cache"]["tag"]["someKey"] == "kept as it is"

    images["base"]["provisioners"][0]["inline"] = ["echo built > /home/guru/proof", "echo again"]
    look = {"function": "hyperone:getImage", "arguments": {"name": "cache"}, "return": "imageId"}
    more["variables"] = {"found": {"fn::invoke": look}}
    following = image(port, sourceImage="${found}", imageName="next")
    resources["next"] = {"type": "hyperone:HyperOneImage", "properties": following}
    more["outputs"]["source"] = "${next.sourceImageId}"
    program(resources, **more)
    changed = stack.up().ok().text
    assert any("provisioners[0]" in row for row in rows(changed, "base-build")), changed
    assert any("source_image" in row for row in rows(changed, "web-build")), changed
    outputs = json.loads(stack.run("stack", "output", "--json", "--show-secrets").ok().text)
    assert outputs["source"] == built["cache"]["imageId"]
    now = outputs["images"]
    assert {name for name in images if now[name]["imageId"] != built[name]["imageId"]} == {"base", "web"}

    stack.refresh().ok()
    assert "unchanged" in stack.up("--expect-no-changes").ok().text
    files = [*stack.state_files(), *(one for one in (stack.folder.parent / "home").rglob("*") if one.is_file())]
    assert len(files) > 5
    assert [one for one in files if SECRET.encode() in one.read_bytes()] == []
    stack.destroy().ok()
    (last,) = (one["id"] for one in cloud.images() if one["name"] == "next")
    kept = {one["imageId"] for one in [*built.values(), *now.values()]}
    cloud.assert_only_images(*kept, last)
