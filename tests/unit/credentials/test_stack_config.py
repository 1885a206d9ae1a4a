"""The account in a stack's config, as `pulumi config` prints it."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_hyperone.provider.credentials.stack_config import read_account
from pulumi_hyperone.provider.foundation.errors import CredentialsError


@pytest.mark.parametrize("printed", ["Pulumi is not set up here", "", "[1]", '{"hyperone:token": "t"}'])
def test_what_is_no_config_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, printed: str) -> None:
    """Something else by the name of pulumi, or one that prints more than was asked for, is one line."""
    (tmp_path / "pulumi").write_text(f"#!/bin/sh\necho '{printed}'\n")
    (tmp_path / "pulumi").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(CredentialsError, match=r"^`pulumi config` did not print the config as JSON$"):
        read_account("dev")
