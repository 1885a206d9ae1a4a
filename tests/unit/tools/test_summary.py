"""The table after `make up` and the picture of `make timeline`, from a stack's outputs."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

from tools.stack import summary, timeline


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
    """Only the components' outputs count, by the components' names."""
    urn = "urn:pulumi:dev::hyperone-image::hyperone:index:HyperOneImage::web"
    resources = [
        {"urn": urn, "type": "hyperone:index:HyperOneImage", "outputs": {"image_id": "x"}},
        {"urn": "urn:pulumi:dev::p::t::other", "type": "t", "outputs": {"image_id": "y"}},
    ]
    assert summary.components(json.dumps({"deployment": {"resources": resources}})) == {"web": {"image_id": "x"}}
    assert summary.components('{"deployment": null}') == {}


def test_the_table_has_a_column_for_each_phase_in_order():
    """Phases stand in the order in which they began, with the sum and the number of API calls."""
    head, base, web, late = summary.table(outputs())
    assert head.split() == ["image", "id", "GiB", "builder", "image", "in", "all", "API", "calls"]
    assert base.split() == ["base", "a1", "1.5", "2.0", "s", "2.0", "s", "4"]
    assert web.split() == ["web-1", "b2", "2", "1.2", "s", "3.0", "s", "4.2", "s", "7"]
    assert late.split() == ["<late>", "c3", "1.0", "s", "1.0", "s", "1"]


def test_an_adopted_image_has_no_times():
    """Images without phases make a table without columns for them."""
    assert summary.table({"a": {"image_id": "x", "image_size": 1, "phases": {}}})[0].split() == ["image", "id", "GiB"]


def test_no_images_make_no_table():
    """Nothing to say is said with nothing."""
    assert summary.table({"note": "x"}) == []


def test_the_picture_has_a_bar_for_each_phase_and_a_panel_for_each_run():
    """Well-formed SVG; bars of one run share a scale, a run ten minutes later has a panel of its own."""
    groups = timeline.runs(timeline.bars(outputs()))
    assert [[bar.image for bar in group] for group in groups] == [["base", "web", "web"], ["late"]]
    root = ET.fromstring(timeline.svg("prod & more", outputs()))
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "web: builder, 1.2 s, 5 API calls" in titles
    assert len(titles) == 5
    width = {
        bar[0].text.split(",")[0]: float(bar.get("width"))
        for bar in root.iter("{http://www.w3.org/2000/svg}rect")
        if len(bar)
    }
    assert round(width["base: builder"] / width["web: image"], 2) == round(2 / 3, 2)


def test_a_bar_has_its_time_on_it_where_there_is_room():
    """A long phase is read without a pointer; a short one only has its tooltip."""
    phases = {"builder": phase(0, 2), "provisioning": phase(2, 97.6)}
    root = ET.fromstring(timeline.svg("x", {"web": {"image_id": "a", "phases": phases}}))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "98 s" in texts
    assert "2.0 s" not in texts


def test_the_picture_of_nothing_says_so():
    """A stack that was never built gives a picture that tells it."""
    assert "Nothing was built yet" in timeline.svg("x", {})
