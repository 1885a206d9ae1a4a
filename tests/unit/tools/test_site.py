"""The documentation as a site."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from xml.etree import ElementTree as ET

import pytest

from tools.site import captures, pages


def test_links_of_a_page_lead_to_pages_of_the_site(tmp_path, monkeypatch):
    """A page at the top or in a folder of its own has another name there; what is no page is plain text."""
    monkeypatch.setattr(pages, "ROOT", tmp_path)
    monkeypatch.setattr(pages, "DOCS", tmp_path / "docs")
    page = tmp_path / "README.md"
    page.write_text(
        "[a](docs/settings.md#x), [b](examples/README.md), [c](tools/engine), [d](https://example.com), [e](#here), "
        "![picture](docs/captures/up.svg)"
    )
    assert pages.with_links_of_the_site(page) == (
        "[a](settings.md#x), [b](examples.md), c, [d](https://example.com), [e](#here), ![picture](captures/up.svg)"
    )


def test_a_bar_in_the_code_of_a_table_is_shown_alone():
    """GitHub wants it escaped there, the site's generator shows what stands between the backticks."""
    row = r"| `--report text\|json` | a \| b |"
    assert pages.with_plain_bars(row) == r"| `--report text|json` | a \| b |"


def test_the_site_builds_and_no_link_is_broken(tmp_path):
    """The generator's strict mode fails for a link to a page or a heading that does not exist; all else is local."""
    pages.stage(tmp_path)
    command = [sys.executable, "-m", "zensical", "build", "--strict"]
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for name in (*pages.ELSEWHERE.values(), "settings.md", "reference.md"):
        text = (tmp_path / "site" / name).with_suffix(".html").read_text()
        assert re.findall(r"""(?:src|href)=["']?https?://[^"' >]*\.(?:js|css)|fonts\.g""", text) == []


def test_diagrams_are_pictures_of_what_is_written():
    """Nothing is drawn by a script from elsewhere; `python -m tools.site diagrams` draws those of changed pages."""
    drawn = set()
    for page in pages.DOCS.glob("*.md"):
        text = pages.with_drawings(page.stem, page.read_text())
        assert "```mermaid" not in text
        drawn |= set(re.findall(r"captures/(diagram-[^)]+)", text))
    assert drawn
    assert drawn == {one.name for one in captures.PICTURES.glob("diagram-*.svg")}
    for name in drawn:
        ET.parse(captures.PICTURES / name)


@pytest.mark.parametrize("name", [*captures.CAPTURES, "timeline"])
def test_each_picture_of_the_tutorial_is_there_and_shown(name):
    """It is a drawing that an XML parser reads, and the tutorial shows it."""
    ET.parse(captures.PICTURES / f"{name}.svg")
    assert f"(captures/{name}.svg)" in (pages.DOCS / "tutorial.md").read_text()


def test_a_terminal_is_drawn_with_its_colours_and_words(tmp_path):
    """What a command prints in colour is in the picture in colour, below the command behind a prompt."""
    command = "printf '\\033[31mred\\033[0m & plain'"
    picture = captures.drawing([command], captures.typed(command, tmp_path, os.environ))
    texts = [text.text or "" for text in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]
    assert "red" in texts
    assert any("plain" in text for text in texts)
    assert any(text.startswith("printf") for text in texts)
    assert "@font-face" not in picture, "fonts would be loaded from elsewhere"


def test_every_page_is_in_the_menu():
    """No page is found by its links alone."""
    menu = tomllib.loads((pages.DOCS / "zensical.toml").read_text())["project"]["nav"]
    listed = [page for section in menu for (names,) in [section.values()] for page in names]
    assert sorted(listed) == sorted([*(page.name for page in pages.DOCS.glob("*.md")), *pages.ELSEWHERE.values()])
