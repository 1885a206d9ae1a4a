"""Run the engine in the foreground."""

import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import FrameType

from tools.stack import paths
from tools.stack.errors import StackError

ASK_SECONDS = 60


def foreground(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run `pulumi` with the user's terminal and return its exit code (128 + signal when a signal ended it).

    The terminal sends Ctrl-C to the engine as well as to us: the engine deals with it, we wait for it to end. So one
    Ctrl-C reaches it once.
    """
    previous = signal.signal(signal.SIGINT, _leave_it_to_the_engine)
    try:
        with subprocess.Popen(["pulumi", *arguments], cwd=paths.ROOT, env=dict(environment)) as engine:
            code = engine.wait()
    finally:
        signal.signal(signal.SIGINT, previous)
    return code if code >= 0 else 128 - code


def ask(arguments: Sequence[str], environment: Mapping[str, str]) -> str | None:
    """Run `pulumi` quietly and return what it printed, or None when it failed. Raises StackError: no answer."""
    answer = _quietly(arguments, environment)
    return answer.stdout if answer.returncode == 0 else None


def complaint(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run `pulumi` quietly and return what it printed on stderr."""
    return _quietly(arguments, environment).stderr


def _quietly(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=paths.ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=ASK_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StackError(f"`pulumi {' '.join(arguments)}` did not answer within {ASK_SECONDS} s") from None


def _leave_it_to_the_engine(number: int, frame: FrameType | None) -> None:
    """Do nothing. An ignored signal would be ignored by the engine too; a handler is not inherited."""
