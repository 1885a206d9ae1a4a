"""The table after `make up`, from a stack's outputs."""

from __future__ import annotations

import json

from tools.stack import summary


def phase(second, seconds, calls=1):
    """A recorded phase that began at `second` of an hour."""
    started = f"2026-11-23T10:{second // 60:02}:{second % 60:02}.000Z"
    return {"started_at": started, "seconds": seconds, "api_calls": calls}


def outputs():
    """Two images built side by side, one much later, and an output that is no image."""
    return {
        "base": {"image_id": "a1", "image_name": "base", "image_size": 1.5, "phases": {"builder": phase(0, 2, 4)}},
        "web": {
            "image_id": "b2",
            "image_name": "web-1",
            "image_size": 2,
            "phases": {"image": phase(5, 3, 2), "builder": phase(1, 1.25, 5)},
        },
        "late": {"image_id": "c3", "image_name": "<late>", "image_size": None, "phases": {"builder": phase(600, 1)}},
        "note": "x",
    }


def test_images_are_found_in_the_state():
    """The components' outputs count, by the components' names, and the phases that their resources recorded."""
    urn = "urn:pulumi:dev::hyperone-image::hyperone:index:HyperOneImage::web"
    step = {"type": "t", "parent": urn}
    resources = [
        {"urn": urn, "type": "hyperone:index:HyperOneImage", "outputs": {"image_id": "x"}},
        {"urn": "urn:pulumi:dev::p::t::other", "type": "t", "outputs": {"image_id": "y"}},
        {"urn": "urn:pulumi:dev::p::t::web-build", **step, "outputs": {"timestamp": 1}},
        {"urn": "urn:pulumi:dev::p::t::web-chroot-disk", **step, "outputs": phase(0, 2, 4)},
        {"urn": "urn:pulumi:dev::p::t::web-image", **step, "outputs": phase(9, 9, 9), "delete": True},
    ]
    found = summary.components(json.dumps({"deployment": {"resources": resources}}))
    assert found == {"web": {"image_id": "x", "phases": {"chroot disk": phase(0, 2, 4)}}}
    assert summary.components('{"deployment": null}') == {}


def test_the_table_has_a_column_for_each_phase_in_order():
    """Phases stand in the order in which they began, with the sum and the number of API calls."""
    head, base, web, late = summary.table(outputs())
    assert head.split() == ["image", "id", "GiB", "builder", "image", "in", "all", "API", "calls"]
    assert base.split() == ["base", "a1", "1.5", "2.0", "s", "2.0", "s", "4"]
    assert web.split() == ["web-1", "b2", "2", "1.2", "s", "3.0", "s", "4.2", "s", "7"]
    assert late.split() == ["<late>", "c3", "1.0", "s", "1.0", "s", "1"]


def test_images_stand_in_the_order_in_which_their_builds_began():
    """The engine lists them as they ended, so it is another order each time."""
    backwards = dict(reversed(outputs().items()))
    assert [image.name for image in summary.images(backwards)] == ["base", "web", "late"]


def test_an_adopted_image_has_no_times():
    """Images without phases make a table without columns for them."""
    assert summary.table({"a": {"image_id": "x", "image_size": 1, "phases": {}}})[0].split() == ["image", "id", "GiB"]


def test_no_images_make_no_table():
    """Nothing to say is said with nothing."""
    assert summary.table({"note": "x"}) == []
