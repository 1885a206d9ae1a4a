"""`python -m tools.stack OPERATION [--stack NAME] [ARGUMENTS...]`: see `make help`."""

import argparse
import sys

from tools.engine.errors import EngineError
from tools.stack import commands, local_cloud, login
from tools.stack.errors import StackError


def main(arguments: list[str]) -> int:
    """Run one command and return its exit code; failures of ours are one line."""
    try:
        return _run(arguments)
    except (EngineError, StackError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: {place}{(error.strerror or str(error)).lower()}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: list[str]) -> int:
    if arguments[:1] == ["pulumi"]:
        return commands.pulumi(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="tools.stack", description="Run the engine with everything it needs.", allow_abbrev=False
    )
    parser.add_argument(
        "operation", choices=[*commands.OPERATIONS, "ssh", *commands.PICTURES, "hyperone", "pulumi", "env"]
    )
    parser.add_argument("--stack", default="local", help="the stack: a file in stacks/ (default: local)")
    parser.add_argument("--image", default="", help="the image whose builder to log in to (ssh)")
    known, rest = parser.parse_known_args(arguments)
    commands.require(known.stack)
    local_cloud.is_used_by(known.stack)  # judges CLOUD before anything is done
    if known.operation == "hyperone":
        return commands.hyperone(known.stack, rest)
    if known.operation == "env":
        print(commands.exports(known.stack))
        return 0
    if known.operation == "ssh":
        return login.ssh(known.stack, known.image, commands.engine_environment())
    if known.operation in commands.PICTURES:
        return commands.drawn(known.operation, known.stack)
    return commands.operate(known.operation, known.stack, rest)


sys.exit(main(sys.argv[1:]))
