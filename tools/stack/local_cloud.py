"""The local cloud that the local stacks build in."""

import json
import os
import subprocess
import sys
from typing import Any

from tools.stack import paths

STACKS = ("local", "sandbox", "chroot")
"""Stacks that build in the local cloud unless told otherwise; tools/setup.sh knows what each needs."""

START_SECONDS = 120
STATUS_SECONDS = 30


class LocalCloudError(Exception):
    """The local cloud does not run; the message says why."""


def is_used_by(stack: str) -> bool:
    """Return whether `stack` builds in the local cloud.

    `CLOUD=local` and `CLOUD=hyperone` in the environment decide for any stack.
    """
    choice = os.environ.get("CLOUD", "")
    return choice == "local" if choice else stack in STACKS


def start() -> None:
    """Start the local cloud, if it is not running, and return when it answers. Raises LocalCloudError."""
    code = _run(["start"], START_SECONDS).returncode
    if code != 0:
        raise LocalCloudError(f"the local cloud did not start ('python -m local_cloud start' ended with {code})")


def variables() -> dict[str, str]:
    """Return the running local cloud's address and credentials as the provider reads them from the environment.

    Raises LocalCloudError when it does not run.
    """
    answer = _run(["status", "--json"], STATUS_SECONDS, capture=True)
    if answer.returncode != 0:
        raise LocalCloudError("the local cloud is not running; start it: make cloud-start")
    status: dict[str, Any] = json.loads(answer.stdout)
    names = {"url": "HYPERONE_API_URL", "token": "HYPERONE_TOKEN", "project": "HYPERONE_PROJECT"}
    names["ssh_port"] = "HYPERONE_SSH_PORT"
    return {name: str(status[key]) for key, name in names.items() if status.get(key)}


def _run(arguments: list[str], seconds: int, *, capture: bool = False) -> subprocess.CompletedProcess[str]:
    """Run the local cloud's command; its messages go to stderr."""
    try:
        return subprocess.run(
            [sys.executable, "-m", "local_cloud", *arguments],
            cwd=paths.ROOT,
            stdout=subprocess.PIPE if capture else sys.stderr,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LocalCloudError(
            f"the local cloud did not answer 'python -m local_cloud {' '.join(arguments)}' within {seconds} s"
        ) from error
