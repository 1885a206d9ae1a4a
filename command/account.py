"""The account that a command works on: found as the provider finds it."""

from __future__ import annotations

import os
from pathlib import Path

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.credentials.resolution import renewed, resolve
from pulumi_hyperone.provider.foundation.interruption import Interruption


def client() -> Cloud:
    """A client for the credentials in the environment or in the clients' files. Raises CredentialsError."""
    found = resolve({}, os.environ, Path.home())
    now = [found]

    def refresh() -> Credentials | None:
        fresh = renewed(now[0], {}, os.environ, Path.home())
        now[:] = [fresh or now[0]]
        return fresh

    return Cloud(found, interruption=Interruption(), refresh_credentials=refresh)
