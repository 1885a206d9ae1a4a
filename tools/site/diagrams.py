"""The diagrams of pages, written there in Mermaid: drawn as SVG into docs/captures/, so that the site loads nothing."""

import hashlib
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.site.captures import PICTURES
from tools.site.pages import DIAGRAM, DOCS, diagram_name

MERMAID = "mermaid@11.12.1"
SHA256 = "3bd65ddefe97fb2e01d976a01d4078f8d773bfc56c6a75a9abf08b564ce0f8b2"
"""Of the package as npm packs it."""
LIBRARY = "package/dist/mermaid.min.js"
SETTINGS = {"startOnLoad": False, "theme": "neutral", "htmlLabels": False, "flowchart": {"htmlLabels": False}}
DRAW = "async text => (await mermaid.render('diagram', text)).svg"


def take() -> None:
    """Draw those that are missing in Debian's Chromium; the others are removed. Raises ValueError for a forged package.

    A drawing is named after its page and what is written there, so that it is never that of another text.
    """
    wanted = {
        diagram_name(page.stem, text): text
        for page in DOCS.glob("*.md")
        for text in DIAGRAM.findall(page.read_text(encoding="utf-8"))
    }
    for old in PICTURES.glob("diagram-*.svg"):
        if old.name not in wanted:
            old.unlink()
    missing = {name: text for name, text in wanted.items() if not (PICTURES / name).is_file()}
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        window = chromium.new_page()
        window.add_script_tag(content=_library(Path(folder)))
        window.evaluate("settings => mermaid.initialize(settings)", SETTINGS)
        for name, text in missing.items():
            drawing = window.evaluate(DRAW, text)
            (PICTURES / name).write_text(_on_white(drawing) + "\n", encoding="utf-8")
        chromium.close()


def _library(folder: Path) -> str:
    packed = ["npm", "pack", "--silent", "--pack-destination", str(folder), MERMAID]
    name = subprocess.run(packed, check=True, capture_output=True, text=True).stdout.strip()
    archive = folder / name
    if hashlib.sha256(archive.read_bytes()).hexdigest() != SHA256:
        raise ValueError(f"{MERMAID} is not the package that was looked at: its SHA-256 differs")
    with tarfile.open(archive) as content:
        member = content.extractfile(LIBRARY)
        return member.read().decode() if member else ""


def _on_white(drawing: str) -> str:
    """The drawing with a background, since its lines are dark and pages may be."""
    return re.sub(r'style="', 'style="background: white; ', drawing, count=1)
