"""The picture of `make timeline`, which the page shows too."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET

from pulumi_hyperone.command.report import timeline
from pulumi_hyperone.command.report.state import Built


def phase(second, seconds, calls=1):
    """A recorded phase that began at `second` of an hour."""
    started = f"2026-11-23T10:{second // 60:02}:{second % 60:02}.000Z"
    return {"started_at": started, "seconds": seconds, "api_calls": calls}


def images():
    """Two images built side by side, one much later, which does not count as started from the first in its run."""
    return [
        Built("base", {"phases": {"builder": phase(0, 2, 4)}}),
        Built("web", {"phases": {"image": phase(5, 3, 2), "builder": phase(1, 1.25, 5)}}),
        Built("<late>", {"phases": {"builder": phase(600, 1)}}, {"Build": {"depends_on_image": "base"}}),
    ]


def test_the_picture_has_a_bar_for_each_phase_and_a_panel_for_each_run():
    """Well-formed SVG; bars of one run share a scale, a run ten minutes later has a panel of its own."""
    groups = timeline.runs(timeline.bars(images()))
    assert [[bar.image for bar in group] for group in groups] == [["base", "web", "web"], ["<late>"]]
    root = ET.fromstring(timeline.svg("prod & more", images()))
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
    root = ET.fromstring(timeline.svg("x", [Built("web", {"phases": phases})]))
    texts = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "98 s" in texts
    assert "2.0 s" not in texts


def test_the_picture_of_nothing_says_so():
    """A stack that was never built gives a picture that tells it."""
    assert "Nothing was built yet" in timeline.svg("x", [])


def test_an_arrow_leads_to_an_image_from_the_one_it_starts_from():
    """Within a run; a base that was built another day is in another panel."""
    built = [
        Built("base", {"phases": {"image": phase(0, 4)}}),
        Built("<web>", {"phases": {"builder": phase(5, 3)}}, {"Build": {"depends_on_image": "base"}}),
    ]
    root = ET.fromstring(timeline.svg("x", built))
    arrows = [group[0].text for group in root.iter("{http://www.w3.org/2000/svg}g")]
    assert arrows == ["<web> starts from base"]
    assert "starts from" not in timeline.svg("x", images())


def test_times_that_are_none_are_left_out():
    """A state that somebody wrote by hand."""
    phases = {"a": {"started_at": "yesterday", "seconds": 1, "api_calls": 1}, "b": {"started_at": 7}, "c": {}}
    phases |= {str(seconds): phase(0, seconds) for seconds in (1e15, float("inf"), float("nan"), -1)}
    phases["d"] = {"started_at": "2026-11-28T09:00:00Z", "seconds": 1, "api_calls": float("inf")}
    phases |= {begin: {**phase(0, 1), "started_at": begin} for begin in ("9999-12-31T23:59:59-12:00", "0001-01-01Z")}
    assert timeline.bars([Built("web", {"phases": phases})]) == []


def test_what_nobody_sees_is_written_out():
    """SVG holds no control characters, and no text turns the one after it around."""
    picture = timeline.svg("prod", [Built("web", {"phases": {"build\u202eer\x07": phase(0, 60)}})])
    titles = [title.text for title in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}title")]
    assert "web: build\\u202eer\\x07, 60.0 s, 1 API calls" in titles


def test_a_pipe_gets_the_picture_and_nothing_else(tmp_path):
    """So that /dev/stdout can be piped into another program; of a file the name is told."""
    (tmp_path / "state.json").write_text('{"deployment": {}}')
    command = [sys.executable, "-c", "from pulumi_hyperone.command.main import main; main()", "timeline", "-s", "prod"]
    command += ["--state", tmp_path / "state.json", "-o"]
    piped = subprocess.run([*command, "/dev/stdout"], check=True, stdout=subprocess.PIPE, text=True)
    assert ET.fromstring(piped.stdout).tag.endswith("svg")
    told = subprocess.run([*command, tmp_path / "picture.svg"], check=True, stdout=subprocess.PIPE, text=True)
    assert told.stdout == f"{tmp_path}/picture.svg\n"
