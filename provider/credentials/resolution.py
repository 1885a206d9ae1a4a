"""Which generation of the API is used, and its credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.credentials import v1, v2
from pulumi_hyperone.provider.credentials.client_login import client_file, read_client_file
from pulumi_hyperone.provider.credentials.sources import API_URL_VARIABLE, TOKEN_VARIABLE, first
from pulumi_hyperone.provider.foundation.errors import CredentialsError, SettingsError

Find = Callable[[Mapping[str, str], Mapping[str, str], Path], Credentials]
Renew = Callable[[Credentials, Mapping[str, str], Mapping[str, str], Path], Credentials | None]

_FIND: dict[str, Find] = {v1.VERSION: v1.resolve, v2.VERSION: v2.resolve}
_RENEW: dict[str, Renew] = {v1.VERSION: v1.renewed, v2.VERSION: v2.renewed}


def resolve(config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials:
    """Find out which generation of the API to use, then its token, project and address.

    `config` is the `hyperone` namespace of stack config without its prefix (`token`, `project`, `api_url`,
    `api_version`, `passport_file`, `audience`, `location`, `token_login`, `token_login_host`, `token_login_host_key`),
    `environ` the environment, `home` the user's home folder.

    Raises CredentialsError or SettingsError with all faults, one a line.
    """
    version, chosen_by = choose(config, environ, home)
    return replace(_FIND[version](config, environ, home), chosen_by=chosen_by)


def renewed(old: Credentials, config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials | None:
    """A newer token from where the old one came from, and from nowhere else; None when there is none.

    Project and address stay as they were. Raises CredentialsError when the source cannot be used any more.
    """
    return _RENEW[old.api_version](old, config, environ, home)


def choose(config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> tuple[str, str]:
    """The generation, and what decided it: `hyperone:api_version`, the address's end, else where credentials are.

    Raises SettingsError for a generation that there is not, or that the address denies.
    """
    url, source = first(config, environ, "api_url", API_URL_VARIABLE)
    end = url.rstrip("/").rpartition("/")[2]
    told = config.get("api_version", "").strip()
    if told and told not in _FIND:
        raise SettingsError(f"hyperone:api_version: must be {' or '.join(_FIND)}, not {told!r}")
    if told and end in _FIND and end != told:
        raise SettingsError(f"hyperone:api_version is {told}, but the address from {source} ends in /{end}: change one")
    if told:
        return told, "hyperone:api_version"
    if end in _FIND:
        return end, f"the end of the address from {source}"
    return _by_credentials(config, environ, home)


def _by_credentials(config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> tuple[str, str]:
    places = (
        (v2.VERSION, config.get("passport_file"), "hyperone:passport_file"),
        (v1.VERSION, config.get("token"), "hyperone:token"),
        (v1.VERSION, config.get("token_login"), "hyperone:token_login"),
        (v2.VERSION, environ.get(v2.PASSPORT_VARIABLE), v2.PASSPORT_VARIABLE),
        (v1.VERSION, environ.get(TOKEN_VARIABLE), TOKEN_VARIABLE),
    )
    for version, value, name in places:
        if value and value.strip():
            return version, f"the credentials of {name}"
    passport, login = v2.default_passport(home), client_file(home)
    if os.path.exists(passport):  # no error where one may not look
        return v2.VERSION, f"the passport {passport}"
    if _has_login(login):
        return v2.VERSION, f"the login in {login}"
    return v1.VERSION, "the default"


def _has_login(path: Path) -> bool:
    try:
        return bool(read_client_file(path).token)
    except CredentialsError:
        return False
