"""Take the picture of the page that `make report` makes, of the stack that its tests use."""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tools.site.captures import PICTURES
from tools.stack.paths import ROOT

PICTURE = PICTURES / "report.png"
SIZE = {"width": 1100, "height": 560}


def take() -> None:
    """Make the page and photograph it in Debian's Chromium."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        page = Path(folder, "page.html")
        subprocess.run([sys.executable, "-m", "tests.support.report", page], cwd=ROOT, check=True)
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        window = chromium.new_page(viewport=SIZE)  # type: ignore[arg-type] # a dict of the right shape
        window.goto(page.as_uri())
        window.screenshot(path=PICTURE)
        chromium.close()
