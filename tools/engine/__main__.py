"""`python -m tools.engine [--languages]`: have a Pulumi engine and print the folder to put on PATH."""

import argparse
import sys

from tools.engine.ensure import engine
from tools.engine.errors import EngineError


def main() -> int:
    """Print the engine's folder on stdout, messages on stderr; exit code 1 when there is no engine."""
    parser = argparse.ArgumentParser(prog="python -m tools.engine", description="Have a Pulumi engine.")
    parser.add_argument("--languages", action="store_true", help="and what runs YAML programs and generates SDKs")
    try:
        print(engine(languages=parser.parse_args().languages).folder)
    except EngineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


sys.exit(main())
