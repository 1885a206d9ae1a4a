"""Brings the stacks of all environments up (or previews or destroys them) by Pulumi's Automation API, a few at a time.

python build.py up --parallel 2
python build.py preview prod
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from pulumi import automation

HERE = Path(__file__).resolve().parent
APART = "BUILD_RUNS_APART"
ENVIRONMENTS = {
    "dev": {"greeting": "hello developers"},
    "prod": {"greeting": "hello world"},
}


def setting(text: str) -> tuple[str, str]:
    """Read KEY=VALUE. Raises ArgumentTypeError."""
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"must be KEY=VALUE, not {text!r}")
    return key, value


def positive(text: str) -> int:
    """Read a whole number of at least 1. Raises ArgumentTypeError."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def select(name: str, settings: dict[str, str]) -> automation.Stack:
    """Return the stack of an environment with its settings; it is made when there is none yet."""
    stack = automation.create_or_select_stack(name, work_dir=str(HERE))
    stack.set_all_config({key: automation.ConfigValue(value) for key, value in settings.items()})
    return stack


def printer(name: str, width: int) -> Callable[[str], None]:
    """Return what prints a stack's lines with its name in front, each in one piece."""

    def show(line: str) -> None:
        if line.strip() and not line.startswith("@ "):  # "@ updating...." is for terminals
            sys.stdout.write(f"{name:<{width}} | {line.rstrip()}\n")
            sys.stdout.flush()

    return show


def run(verb: str, stack: automation.Stack, show: Callable[[str], None], interrupted: threading.Event) -> bool:
    """Run one command on one stack; returns whether it succeeded. Its output has the reason where it did not."""
    if interrupted.is_set():
        show(f"{verb} not begun: interrupted")
        return False
    try:
        getattr(stack, verb)(on_output=show, on_error=show, color="never")
    except automation.CommandError:
        show(f"{verb} failed")
        return False
    show(f"{verb} succeeded")
    return True


def main() -> int:
    """Return 0 when every stack succeeded, else 1."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("verb", choices=["preview", "up", "destroy"])
    parser.add_argument("environment", nargs="*", help="default: all")
    parser.add_argument("--parallel", type=positive, default=2, metavar="N", help="stacks at once (default: 2)")
    parser.add_argument(
        "--config", type=setting, action="append", default=[], metavar="KEY=VALUE", help="for all of them"
    )
    given = parser.parse_args()
    if unknown := sorted(set(given.environment) - ENVIRONMENTS.keys()):
        parser.error(f"no such environment: {', '.join(unknown)}; there are {', '.join(ENVIRONMENTS)}")
    names = given.environment or list(ENVIRONMENTS)
    # The engines get it as well, and each cleans up; here it only keeps further ones from beginning.
    interrupted = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    # One after the other: selecting a stack writes a file that all of them share.
    try:
        stacks = {name: select(name, {**ENVIRONMENTS[name], **dict(given.config)}) for name in names}
    except automation.CommandError as error:
        sys.exit(f"no stack could be selected: {error}")
    width = max(map(len, names))
    with ThreadPoolExecutor(max_workers=given.parallel) as pool:
        jobs = [
            pool.submit(run, given.verb, stack, printer(name, width), interrupted) for name, stack in stacks.items()
        ]
    return 0 if all(job.result() for job in jobs) else 1


def run_apart() -> int:
    """Run this command in a session of its own; returns its exit code.

    An engine that is interrupted twice ends without cleaning up. A terminal interrupts all of its processes, `kill` one
    alone: in a session of their own the engines get it once in either case, from here.
    """
    with subprocess.Popen(
        [sys.executable, *sys.argv], env={**os.environ, APART: "1"}, start_new_session=True
    ) as process:
        signal.signal(signal.SIGINT, lambda *_: os.killpg(process.pid, signal.SIGINT))
        return process.wait()


if __name__ == "__main__":
    sys.exit(main() if APART in os.environ else run_apart())
