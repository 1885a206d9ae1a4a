"""Which generation of the API is chosen, and what decided it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pulumi_hyperone.provider.credentials.resolution import choose, resolve
from pulumi_hyperone.provider.foundation.errors import SettingsError
from tests.support.passports import write_passport


@pytest.mark.parametrize(
    ("config", "environ", "version", "by"),
    [
        ({"api_version": "v2", "token": "t"}, {}, "v2", "hyperone:api_version"),
        ({"api_version": "v1", "passport_file": "p"}, {}, "v1", "hyperone:api_version"),
        ({"api_url": "https://a/v2", "token": "t"}, {}, "v2", "stack config hyperone:api_url"),
        ({"passport_file": "p"}, {"HYPERONE_API_URL": "https://a/v1/"}, "v1", "HYPERONE_API_URL"),
        ({"api_url": "https://a/api", "token": "t"}, {"HYPERONE_PASSPORT_FILE": "p"}, "v1", "hyperone:token"),
        ({"passport_file": "p", "token": "t"}, {}, "v2", "hyperone:passport_file"),
        ({}, {"HYPERONE_PASSPORT_FILE": "p", "HYPERONE_TOKEN": "t"}, "v2", "HYPERONE_PASSPORT_FILE"),
        ({}, {"HYPERONE_TOKEN": "t"}, "v1", "HYPERONE_TOKEN"),
        ({"token_login": "me"}, {}, "v1", "hyperone:token_login"),
        ({}, {}, "v1", "the default"),
    ],
)
def test_options_decide_before_credentials(
    tmp_path: Path, config: dict[str, str], environ: dict[str, str], version: str, by: str
) -> None:
    """hyperone:api_version, then the end of the address, then the credentials, options before variables."""
    chosen, reason = choose(config, environ, tmp_path)
    assert chosen == version
    assert by in reason


def test_files_in_the_home_folder_decide_last(tmp_path: Path) -> None:
    """A login or passport of the v2 client speaks for v2; a file without a login for nothing."""
    folder = tmp_path / ".h1"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    assert choose({}, {}, tmp_path)[0] == "v1"
    (folder / "config.json").write_text(json.dumps({"auth": {"token": {"access_token": "t"}}}))
    assert choose({}, {}, tmp_path) == ("v2", f"the login in {folder / 'config.json'}")
    path = write_passport(folder / "passport.json")
    found = resolve({}, {}, tmp_path)
    assert (found.api_version, found.chosen_by) == ("v2", f"the passport {path}")


def test_contradictions_are_refused(tmp_path: Path) -> None:
    """A generation that there is not, and an address of the other one."""
    with pytest.raises(SettingsError, match="must be v1 or v2, not 'v3'"):
        choose({"api_version": "v3"}, {}, tmp_path)
    with pytest.raises(SettingsError, match="api_version is v2, but the address from stack config hyperone:api_url"):
        choose({"api_version": "v2", "api_url": "https://a/v1"}, {}, tmp_path)
