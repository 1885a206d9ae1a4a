"""Pending creates: what the engine does not know the fate of after a crash."""

import json
from collections.abc import Mapping

from tools import progress
from tools.stack import run


def count_creates(exported: str) -> int:
    """Return how many pending creates there are in a state, as `pulumi stack export` prints it."""
    deployment = json.loads(exported).get("deployment") or {}
    operations = deployment.get("pending_operations") or []
    return sum(1 for operation in operations if operation.get("type") == "creating")


def clear_creates(stack: str, environment: Mapping[str, str]) -> int:
    """Forget pending creates of `stack`, if there are any; return the engine's exit code.

    The next `up` or `destroy` finds by their tags what they may have left in the cloud. The engine would keep and
    report them for ever. Not interactive: in a terminal the engine asks for a confirmation that
    `--yes` does not give.
    """
    exported = run.ask(["stack", "export", "--stack", stack], environment)
    creates = count_creates(exported) if exported else 0
    if creates == 0:
        return 0
    progress.say(f"An earlier run was cut off during {creates} create(s): clearing them from the state")
    options = ["--yes", "--non-interactive", "--skip-preview", "--clear-pending-creates"]
    return run.foreground(["refresh", *options, "--stack", stack], environment)
