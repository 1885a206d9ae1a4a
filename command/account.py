"""The account that a command works on: found as the provider finds it."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.credentials.resolution import renewed, resolve
from pulumi_hyperone.provider.credentials.stack_config import read_account
from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.foundation.local_files import home
from pulumi_hyperone.provider.foundation.outside_text import one_line

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
    config = _account(stack) if stack else {}
    try:
        found = resolve(config, os.environ, home())
    except CredentialsError as error:
        if stack or MADE_FOR in os.environ:
            raise
        raise CredentialsError(f"{error}. To use the credentials in a stack's config, add --stack NAME") from None
    now = [found]

    def refresh() -> Credentials | None:
        fresh = renewed(now[0], config, os.environ, home())
        now[:] = [fresh or now[0]]
        return fresh

    return Cloud(found, interruption=Interruption(), refresh_credentials=refresh)


def _account(stack: str) -> dict[str, str]:
    """The account in a stack's config; none, with a note, where it cannot be read.

    What a lost stack left is still found, with the credentials in the environment.
    """
    try:
        return read_account(stack)
    except CredentialsError as error:
        note = f"note: the config of stack {stack} cannot be read, so its credentials are not used: {error}"
        typer.echo(one_line(note), err=True)
        return {}
