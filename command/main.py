"""`hyperone COMMAND`: see `hyperone --help`."""

from __future__ import annotations

import os
import sys

from pulumi_hyperone.command.account import MADE_FOR
from pulumi_hyperone.command.commands import app
from pulumi_hyperone.provider.foundation.advice import as_typed_here
from pulumi_hyperone.provider.foundation.errors import HyperOneError, reason
from pulumi_hyperone.provider.foundation.outside_text import clean


def main() -> int:
    """Run one command; errors of ours are one line, never a traceback."""
    try:
        app(prog_name="hyperone")
    except HyperOneError as error:
        return _failed(str(error))
    except OSError as error:
        sys.stdout = None  # what a full disk refused is not tried again
        return _failed(f"{error.filename}: {reason(error)}" if error.filename else reason(error))
    return 0


def _failed(why: str) -> int:
    # Names in the cloud and in files, which anybody may have given, must not act on the terminal.
    print(clean(f"error: {as_typed_here(why, os.environ.get(MADE_FOR))}"), file=sys.stderr)  # noqa: T201 - a command's output
    return 1
