"""The v2 client's file `~/.h1/config.json`: its login, project and location, and the login's renewal (v2 facts 2.3)."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

from pulumi_hyperone.provider.api.decoding import as_mapping
from pulumi_hyperone.provider.api.http.transport import read_body
from pulumi_hyperone.provider.credentials.endpoint import check_token_endpoint
from pulumi_hyperone.provider.credentials.sources import read_small
from pulumi_hyperone.provider.foundation.api_address import is_loopback
from pulumi_hyperone.provider.foundation.errors import CredentialsError, LoginUnanswered, reason
from pulumi_hyperone.provider.foundation.local_files import replace_file
from pulumi_hyperone.provider.foundation.outside_text import decode_json

SECONDS = 15.0
RENEWED_BEFORE = 60.0
"""Seconds before its end at which a login is renewed."""
WHAT = "the v2 client's file"
_REMEDY = "log in again with `h1 auth user`, or use a passport (docs/authentication.md)"
_NEVER = 2**40
"""Seconds that no time or lifetime has."""


@dataclass(frozen=True)
class ClientLogin:
    """What the client remembers; `expires` is a Unix time, None when unknown. Tokens are not in the repr."""

    path: Path
    token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)
    expires: float | None = None
    project: str = ""
    location: str = ""

    @property
    def lasts(self) -> bool:
        """Whether the token can be used for a while."""
        return bool(self.token) and (self.expires is None or self.expires > time.time() + RENEWED_BEFORE)


def client_file(home: Path) -> Path:
    """Where the client keeps its login."""
    return home / ".h1" / "config.json"


def read_client_file(path: Path) -> ClientLogin:
    """Read the file; an empty login when there is none. Raises CredentialsError when it cannot be read."""
    raw = _read(path)
    token = as_mapping(as_mapping(raw.get("auth")).get("token"))
    parameter = as_mapping(raw.get("parameter"))
    return ClientLogin(
        path=path,
        token=_text(token.get("access_token")),
        refresh_token=_text(token.get("refresh_token")),
        expires=_seconds(token.get("expires_at")),
        project=_text(as_mapping(parameter.get("project")).get("value")),
        location=_text(as_mapping(parameter.get("location")).get("value")),
    )


def renew(old: ClientLogin, api_url: str) -> ClientLogin:
    """Exchange the refresh token for another login and keep it in the file, as the client does.

    Raises LoginUnanswered when nobody answers, CredentialsError: no refresh token, a refusal, a file that cannot be
    written.
    """
    if not old.refresh_token:
        raise _failed(old.path, "it has expired and holds no refresh token")
    if not os.access(old.path, os.W_OK) or not os.access(old.path.parent, os.W_OK):
        raise _failed(old.path, "the file cannot be written, and the old refresh token may be invalid once it is used")
    try:
        reply = _post(_token_endpoint(old, api_url), old)
    except CredentialsError:
        now = read_client_file(old.path)
        if now.token != old.token and now.lasts:
            return now  # another process was here meanwhile
        raise
    token = _text(reply.get("access_token"))
    lifetime = _seconds(reply.get("expires_in"))
    if not token or lifetime is None or lifetime <= 0:
        raise _failed(old.path, "the answer holds no token, or does not say how long it lasts")
    kept = {
        "access_token": token,
        "refresh_token": _text(reply.get("refresh_token")) or old.refresh_token,
        "expires_in": int(lifetime),
        "expires_at": int(time.time() + lifetime),
    }
    _keep(old.path, kept)
    return read_client_file(old.path)


def _token_endpoint(login: ClientLogin, api_url: str) -> str:
    raw = _reply(login, "GET", f"{api_url}/.well-known/openid-configuration", None)
    return check_token_endpoint(_text(raw.get("token_endpoint")), f"the token endpoint that {api_url} names")


def _post(endpoint: str, login: ClientLogin) -> Mapping[str, Any]:
    return _reply(login, "POST", endpoint, {"grant_type": "refresh_token", "refresh_token": login.refresh_token})


def _reply(login: ClientLogin, method: str, url: str, body: object) -> Mapping[str, Any]:
    host = urlsplit(url).hostname or ""
    try:
        with requests.Session() as session:
            session.auth = lambda request: request  # keeps ~/.netrc out
            with session.request(
                method,
                url,
                json=body,
                timeout=SECONDS,
                allow_redirects=False,
                stream=True,
                proxies={"no_proxy": host} if is_loopback(host) else None,
            ) as response:
                status, content = response.status_code, read_body(response, time.monotonic() + SECONDS)
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _failed(login.path, f"{host} does not answer ({type(error).__name__})", LoginUnanswered) from None
    if status >= 500:
        raise _failed(login.path, f"{host} cannot do it now (HTTP {status})", LoginUnanswered)
    if status != 200:
        raise _failed(login.path, f"{host} refused it (HTTP {status})")
    try:
        raw = decode_json(content)
    except ValueError:
        raw = None
    if not isinstance(raw, dict):
        raise _failed(login.path, f"the answer of {host} cannot be read")
    return raw


def _keep(path: Path, token: Mapping[str, Any]) -> None:
    """Put a login into the file and leave all else in it; the file is whole at every moment, and its owner's alone."""
    raw = dict(_read(path))
    raw["auth"] = {**as_mapping(raw.get("auth")), "token": dict(token)}
    try:
        replace_file(path, json.dumps(raw, indent=4).encode())
    except OSError as error:
        raise _failed(path, f"the file cannot be written ({reason(error)})") from None


def _read(path: Path) -> Mapping[str, Any]:
    said = read_small(path, WHAT, _REMEDY)
    if said is None:
        return {}
    try:
        raw = decode_json(said)
    except ValueError:
        raise CredentialsError(f"{WHAT} {path} is not valid JSON; {_REMEDY}") from None
    return as_mapping(raw)


def _failed(path: Path, why: str, kind: type[CredentialsError] = CredentialsError) -> CredentialsError:
    return kind(f"the login in {path} cannot be renewed: {why}; {_REMEDY}")


def _seconds(value: object) -> float | None:
    """A time or a lifetime; None for what is neither, such as NaN and Infinity, which Python's JSON holds too."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _NEVER:
        return float(value)
    return None


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
