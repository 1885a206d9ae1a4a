"""The commands of pages, as people type them."""

from __future__ import annotations

import re

from tools.stack.paths import ROOT

GREETING = "a greeting of the tests"
"""What is typed where a page has a secret asked for."""


def commands(page: str, heading: str = "") -> list[str]:
    """The commands in the shell blocks below one heading of a page, or of the whole page, in their order."""
    section = (ROOT / page).read_text(encoding="utf-8")
    if heading:
        (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", section, re.DOTALL | re.MULTILINE)
    typed = re.findall(r"```sh\n(.*?)```", section, re.DOTALL)
    shown = re.findall(r"```console\n(.*?)```", section, re.DOTALL)
    lines = [line for block in typed for line in block.splitlines() if line]
    return lines + [line[2:] for block in shown for line in block.splitlines() if line.startswith("$ ")]
