"""`python -m tools.engine`: have a Pulumi engine and print the folder to put on PATH."""

import sys

from tools.engine.ensure import engine
from tools.engine.errors import EngineError


def main() -> int:
    """Print the engine's folder on stdout, messages on stderr; exit code 1 when there is no engine."""
    try:
        print(engine().folder)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


sys.exit(main())
