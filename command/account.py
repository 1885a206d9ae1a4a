"""The account that a command works on: found as the provider finds it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Annotated

import typer

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.credentials.resolution import renewed, resolve
from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.foundation.outside_text import one_line
from pulumi_hyperone.provider.process.session import CONFIG_TIMEOUT, PREFIX

MADE_FOR = "HYPERONE_STACK"
"""Environment variable: the stack that `make status`, `make sweep` and `make verify` were typed for."""
Stack = Annotated[
    str,
    typer.Option(
        "--stack", "-s", help="use the credentials in this stack's config before those in the environment and in files"
    ),
]


def client(stack: str = "") -> Cloud:
    """A client for the credentials in a stack's config, the environment or the clients' files.

    Raises CredentialsError.
    """
    config = stack_config(stack) if stack else {}
    try:
        found = resolve(config, os.environ, Path.home())
    except CredentialsError as error:
        if stack or MADE_FOR in os.environ:
            raise
        raise CredentialsError(f"{error}. To use those in a stack's config, add --stack NAME") from None
    now = [found]

    def refresh() -> Credentials | None:
        fresh = renewed(now[0], config, os.environ, Path.home())
        now[:] = [fresh or now[0]]
        return fresh

    return Cloud(found, interruption=Interruption(), refresh_credentials=refresh)


def stack_config(stack: str) -> dict[str, str]:
    """The settings `hyperone:…` of a stack without that prefix, secrets decrypted.

    Where Pulumi cannot read them a note says why, and there are none: what a lost stack left is still found.
    """
    command = ["pulumi", "config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=CONFIG_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return _unread(stack, str(error))
    if done.returncode != 0:
        return _unread(stack, done.stderr)
    found = {key: told.get("value") for key, told in json.loads(done.stdout).items() if key.startswith(PREFIX)}
    return {key.removeprefix(PREFIX): str(value) for key, value in found.items() if value not in (None, "")}


def _unread(stack: str, reason: str) -> dict[str, str]:
    reason = reason.strip().removeprefix("error: ")
    typer.echo(
        one_line(f"note: the config of stack {stack} cannot be read, so its credentials are not used: {reason}"),
        err=True,
    )
    return {}
