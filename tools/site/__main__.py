"""`python -m tools.site build|serve|captures|report|diagrams`: the documentation as a site, and its pictures."""

import argparse
import importlib
import subprocess
import sys

from tools.site.pages import stage
from tools.stack.paths import ROOT

STAGED = ROOT / "build" / "docs"
SITE = STAGED / "site"
GENERATOR = {"build": ["build", "--strict"], "serve": ["serve"]}
PICTURES = ("captures", "report", "diagrams")
"""What takes pictures, each a module of its own; some need a browser."""


def main() -> int:
    """Build the site, serve it, or take its pictures; return the generator's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("command", choices=[*GENERATOR, *PICTURES])
    command = parser.parse_args().command
    if command in PICTURES:
        importlib.import_module(f"tools.site.{command}").take()
        return 0
    stage(STAGED)
    try:
        code = subprocess.run(
            [sys.executable, "-m", "zensical", *GENERATOR[command]], cwd=STAGED, check=False
        ).returncode
    except KeyboardInterrupt:  # how serving ends
        return 0
    if command == "build" and code == 0:
        print(f"The site is in {SITE.relative_to(ROOT)}; `make docs-serve` shows it.")
    return code


if __name__ == "__main__":
    sys.exit(main())
