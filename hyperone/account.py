"""The account that a command works on: found as the provider finds it."""

from __future__ import annotations

import os
from pathlib import Path

from provider.api import HyperOneClient
from provider.credentials import resolve
from provider.interruption import Interruption


def client() -> HyperOneClient:
    """A client for the token in the environment or in the CLI's file. Raises CredentialsError."""
    return HyperOneClient(resolve({}, os.environ, Path.home()), interruption=Interruption())
