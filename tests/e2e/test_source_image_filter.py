"""Source images by filter: found at preview, rebuilt from when the answer moves."""

from __future__ import annotations

import pytest

from tests.support.options import covers
from tests.support.stacks import image


@covers("source_image_filter")
@pytest.mark.parametrize("api_version", ["v2"])
def test_the_source_is_found_by_filter_and_a_newer_one_is_a_rebuild(make_stack, cloud):
    """Preview names it; none, or several without newest, is one line; neither quarantine nor an own result counts."""
    base, stack = make_stack("base"), make_stack("test")
    golden = image(image_name="golden", image_tags={"team": "a"}, release="after-image")
    base.configure({"one": golden, "two": golden})
    base.up().ok()
    older, newer = (found["id"] for found in sorted(cloud.images(), key=lambda found: found["createdOn"]))
    cloud.send("PATCH", f"/v1/image/{older}", {"name": "web-1"})

    wanted = {"name": "web-*", "tags": {"team": "a"}, "newest": True}
    plain = image(source_image=None, image_name="web-own", image_tags={"team": "a"}, release="after-image")
    web = {**plain, "source_image_filter": wanted}
    stack.configure({"web": {**web, "source_image_filter": {**wanted, "tags": {"team": "b"}}, "disk_type": "tape"}})
    stack.preview().failed(
        "images.web.source_image_filter: finds no image of this project: 'tag team=b, name web-*'",
        "images.web.disk_type: HyperOne has no disk type 'tape'",
    )
    stack.configure({"web": web})
    assert f"source_image: web-1 ({older}) by filter" in stack.preview().ok().text
    stack.up().ok()
    assert stack.outputs()["source_image_id"] == older
    assert "rebuild" not in stack.up().ok().text, "what it made itself has such a name and tag too"

    cloud.send("PATCH", f"/v1/image/{newer}", {"name": "web-2"})
    stack.configure({"web": {**web, "source_image_filter": {**wanted, "newest": False}}})
    several = f"images.web.source_image_filter: finds 2 images: web-2 ({newer}), web-1 ({older}); set newest: true"
    stack.preview().failed(several)
    moved = f"rebuild: source_image: web-2 by filter, moved {older} → {newer}"
    stack.configure({"web": {**web, "pin_source": True}})
    assert "rebuild" not in stack.preview().ok().text
    stack.configure({"web": web})
    cloud.send("PATCH", f"/v1/image/{newer}/tag", {"quarantine": ""})
    assert "rebuild" not in stack.preview().ok().text
    cloud.send("DELETE", f"/v1/image/{newer}/tag/quarantine")
    assert moved in stack.up().ok().text
    assert stack.outputs()["source_image_id"] == newer
