"""`hyperone COMMAND`: see `hyperone --help`."""

from __future__ import annotations

import os
import sys

from pulumi_hyperone.command.account import MADE_FOR
from pulumi_hyperone.command.commands import app
from pulumi_hyperone.provider.foundation.advice import as_typed_here
from pulumi_hyperone.provider.foundation.errors import HyperOneError
from pulumi_hyperone.provider.foundation.outside_text import clean


def main() -> int:
    """Run one command; errors of ours are one line, never a traceback."""
    try:
        app(prog_name="hyperone")
    except HyperOneError as error:
        # Names in the cloud and in files, which anybody may have given, must not act on the terminal.
        print(clean(f"error: {as_typed_here(str(error), os.environ.get(MADE_FOR))}"), file=sys.stderr)  # noqa: T201 - a command's output
        return 1
    return 0
