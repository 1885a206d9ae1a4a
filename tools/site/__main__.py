"""`python -m tools.site build|serve|captures|report`: the documentation as a site in build/docs/site, links checked."""

import argparse
import subprocess
import sys

from tools.site import captures
from tools.site.pages import stage
from tools.stack.paths import ROOT

STAGED = ROOT / "build" / "docs"
SITE = STAGED / "site"
GENERATOR = {"build": ["build", "--strict"], "serve": ["serve"]}


def main() -> int:
    """Build the site, serve it, or take its pictures; return the generator's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.site", description=__doc__)
    parser.add_argument("command", choices=[*GENERATOR, "captures", "report"])
    command = parser.parse_args().command
    if command == "captures":
        captures.take()
        return 0
    if command == "report":
        # Only taking this picture needs a browser.
        from tools.site import report  # noqa: PLC0415

        report.take()
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
