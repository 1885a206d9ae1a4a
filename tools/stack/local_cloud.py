"""The local cloud that the local stacks build in."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from tools import progress
from tools.stack import paths
from tools.stack.errors import StackError

STACKS = ("local", "sandbox", "chroot", "chroot-debootstrap")
"""Stacks that build in the local cloud unless told otherwise; tools/setup.sh knows what each needs."""

SOURCE_IMAGE = "debian-12"
"""What all of them but sandbox start from. Making it takes minutes, the first time."""

LONG = {"chroot-debootstrap": "25 to 40 minutes"}
"""Stacks whose build takes long on an emulated processor, and how long on 2 cores."""

NAMES = {
    "url": "HYPERONE_API_URL",
    "token": "HYPERONE_TOKEN",
    "project": "HYPERONE_PROJECT",
    "ssh_port": "HYPERONE_SSH_PORT",
}
"""What `status --json` says, and the environment variable the provider reads it from."""

NAMES_V2 = {"url_v2": "HYPERONE_API_URL", "project": "HYPERONE_PROJECT", "ssh_port": "HYPERONE_SSH_PORT"}
"""The same for the second generation of the API, into which a passport leads."""

START_SECONDS = 120
STATUS_SECONDS = 30


class LocalCloudError(StackError):
    """The local cloud does not run; the message says why."""


def is_used_by(stack: str) -> bool:
    """Return whether `stack` builds in the local cloud.

    `CLOUD=local` and `CLOUD=hyperone` in the environment decide for any stack.
    Raises LocalCloudError for another choice.
    """
    choice = _choice("CLOUD", ("local", "hyperone"), ", or leave it out")
    return choice == "local" if choice else stack in STACKS


def generation() -> str:
    """Return the generation of the API that stacks of the local cloud use: API=v1 (or nothing) or API=v2.

    Raises LocalCloudError for another choice.
    """
    return _choice("API", ("v1", "v2")) or "v1"


def _choice(name: str, known: Sequence[str], more: str = "") -> str:
    choice = os.environ.get(name, "")
    if choice and choice not in known:
        wanted = " or ".join(f"{name}={one}" for one in known)
        raise LocalCloudError(f"{name}={choice} is not supported; use {wanted}{more}")
    return choice


def warning(stack: str) -> str:
    """Return a line that says how long a build of `stack` takes; empty where it is done in a minute or so.

    Whether KVM works is found out when a machine starts: that its device can be opened does not say it.
    """
    if stack not in LONG or not is_used_by(stack):
        return ""
    return (
        f"note: a build of the stack {stack} takes {LONG[stack]} where hardware virtualisation (KVM) does not work; "
        "its row shows what it is doing"
    )


def ensure() -> dict[str, str]:
    """Start the local cloud if it is not running, wait until it answers, and return its `variables`.

    Raises LocalCloudError.
    """
    generation()
    running = _variables()
    if running is not None:
        return running
    with progress.step("Local cloud: start"):
        answer = _run(["start"], START_SECONDS)
        if answer.returncode != 0:
            said = answer.stdout.strip() or "the reason is above"
            raise LocalCloudError(f"no local cloud (exit code {answer.returncode}): {said}")
    return variables()


def build_image_of(stack: str) -> None:
    """Begin to build the source image of `stack` where it has one and that is not built; failures show in `up`."""
    if stack in STACKS and stack != "sandbox" and is_used_by(stack):
        subprocess.Popen(
            [sys.executable, "-m", "local_cloud", "image", "build", SOURCE_IMAGE],
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def variables() -> dict[str, str]:
    """Return the running local cloud's address and credentials as the provider reads them from the environment.

    Raises LocalCloudError when it does not run.
    """
    running = _variables()
    if running is None:
        raise LocalCloudError("the local cloud is not running; start it: make cloud-start")
    return running


def _variables() -> dict[str, str] | None:
    answer = _run(["status", "--json"], STATUS_SECONDS)
    if answer.returncode != 0:
        return None
    status: dict[str, Any] = json.loads(answer.stdout)
    if not status.get("url") or not status.get("token"):
        return None
    if generation() == "v1":
        return {name: str(status[key]) for key, name in NAMES.items() if status.get(key)}
    found = {name: str(status[key]) for key, name in NAMES_V2.items() if status.get(key)}
    return {**found, "HYPERONE_PASSPORT_FILE": _passport()}


def _passport() -> str:
    """Have the local cloud write a passport of its service account, and return where it is."""
    answer = _run(["passport"], STATUS_SECONDS)
    if answer.returncode != 0:
        raise LocalCloudError(f"the local cloud wrote no passport: {answer.stdout.strip() or 'the reason is above'}")
    return answer.stdout.strip()


def _run(arguments: list[str], seconds: int) -> subprocess.CompletedProcess[str]:
    """Run the local cloud's command and keep what it prints on stdout; its messages on stderr are shown."""
    try:
        return subprocess.run(
            [sys.executable, "-m", "local_cloud", *arguments],
            cwd=paths.ROOT,
            stdout=subprocess.PIPE,
            text=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise LocalCloudError(
            f"the local cloud did not answer 'python -m local_cloud {' '.join(arguments)}' within {seconds} s"
        ) from error
