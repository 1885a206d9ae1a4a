"""The account in a stack's config: the settings `hyperone:…`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from pulumi_hyperone.provider.foundation.errors import CredentialsError

PREFIX = "hyperone:"
TIMEOUT = 30.0


def account_settings(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the settings `hyperone:…` in `config`, which maps full keys to values, without that prefix.

    Empty ones are left out.
    """
    own = {key.removeprefix(PREFIX): value for key, value in config.items() if key.startswith(PREFIX)}
    return {key: str(value) for key, value in own.items() if value not in (None, "")}


def read_account(stack: str) -> dict[str, str]:
    """Return these settings as the file of `stack` has them now, secrets decrypted.

    Raises CredentialsError with Pulumi's reason when it cannot read them.
    """
    command = ["pulumi", "config", "--json", "--show-secrets", "--stack", stack, "--non-interactive"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CredentialsError(str(error)) from None
    if done.returncode != 0:
        raise CredentialsError(done.stderr.strip().removeprefix("error: "))
    try:
        return account_settings({key: told.get("value") for key, told in json.loads(done.stdout).items()})
    except (ValueError, AttributeError):
        raise CredentialsError("`pulumi config` did not print the config as JSON") from None
