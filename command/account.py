"""The account that a command works on: found as the provider finds it."""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_hyperone.provider.api import Cloud
from pulumi_hyperone.provider.credentials import resolve
from pulumi_hyperone.provider.foundation.interruption import Interruption


def client() -> Cloud:
    """A client for the token in the environment or in the CLI's file. Raises CredentialsError."""
    return Cloud(resolve({}, os.environ, Path.home()), interruption=Interruption())
