"""`python -m tools.tests [PYTEST ARGUMENTS]`: run pytest with the engine on PATH."""

import os
import sys
from typing import NoReturn

from tools.engine.errors import EngineError
from tools.stack import commands

PRIVATE = ("PULUMI_", "HYPERONE_", "MAKE", "MFLAGS", "PYTHONDONTWRITEBYTECODE")
"""Beginnings of variables that tests do not see: those of the user, of a make that runs the tests, and one that many
containers set: with it each of the thousands of processes of a test run compiles all modules again."""
CACHE = "HYPERONE_LOCAL_CACHE"


def main(arguments: list[str]) -> NoReturn:
    """Have an engine with its languages, then become pytest; leaves with exit code 1 when there is no engine.

    Tests make their own state: the user's backend, passphrase and HyperOne credentials are kept away from them.
    """
    try:
        variables = commands.engine_environment(languages=True)
    except EngineError as error:
        sys.exit(f"error: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    kept = {name: value for name, value in variables.items() if name == CACHE or not name.startswith(PRIVATE)}
    os.execve(sys.executable, [sys.executable, "-m", "pytest", *arguments], kept)  # noqa: S606 -- no shell is wanted


main(sys.argv[1:])
