"""`python -m tools.stack OPERATION [--stack NAME] [ARGUMENTS...]`: see `make help`."""

import argparse
import sys

from tools.engine.errors import EngineError
from tools.stack import commands
from tools.stack.local_cloud import LocalCloudError


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; failures of ours are one line."""
    try:
        return _run(arguments)
    except (EngineError, LocalCloudError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["pulumi"]:
        return commands.pulumi(arguments[1:])
    if arguments[:1] == ["env"]:
        print(commands.exports())
        return 0
    parser = argparse.ArgumentParser(prog="tools.stack", description="Run the engine with everything it needs.")
    parser.add_argument("operation", choices=[*commands.OPERATIONS, "pulumi", "env"])
    parser.add_argument("--stack", default="local", help="the stack: a file in stacks/ (default: local)")
    known, rest = parser.parse_known_args(arguments)
    return commands.operate(known.operation, known.stack, rest)


sys.exit(main(sys.argv[1:]))
