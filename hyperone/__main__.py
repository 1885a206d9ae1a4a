"""`python -m hyperone COMMAND`: see `python -m hyperone --help`."""

from __future__ import annotations

import sys

from hyperone.commands import app
from provider.errors import HyperOneError


def main() -> int:
    """Run one command; errors of ours are one line, never a traceback."""
    try:
        app(prog_name="hyperone")
    except HyperOneError as error:
        print(f"error: {error}", file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
