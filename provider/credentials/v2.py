"""The order in which credentials of v2 are looked for: a passport, a token, the v2 client's login."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pulumi_hyperone.provider.api.credentials import DEFAULT_LOCATION, Credentials
from pulumi_hyperone.provider.credentials.client_login import ClientLogin, client_file, read_client_file, renew
from pulumi_hyperone.provider.credentials.endpoint import default_api_url
from pulumi_hyperone.provider.credentials.sources import (
    CONFIG_SOURCE,
    PROJECT_VARIABLE,
    TOKEN_VARIABLE,
    VARIABLE_SOURCE,
    Faults,
    api_url,
    check_project,
    check_token,
    first,
    token_advice,
)
from pulumi_hyperone.provider.foundation.errors import CredentialsError, SettingsError

VERSION = "v2"
PASSPORT_VARIABLE = "HYPERONE_PASSPORT_FILE"
AUDIENCE_VARIABLE = "HYPERONE_AUDIENCE"


@dataclass(frozen=True)
class _Found:
    """A token and where it came from; `project` and `location` are what the source says of them.

    `secrets` are those that the token was made of.
    """

    token: str = field(repr=False)
    source: str
    advice: str
    expires: float | None = None
    project: str = ""
    location: str = ""
    secrets: tuple[str, ...] = field(default=(), repr=False)


Get = Callable[[str, str, str], "_Found | None"]
"""From the address of the API, the audience and a token that was refused (else empty) to what a source has."""


def resolve(config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials:
    """Find token, project, location and address.

    Token: the first of `passport_file`, `token`, HYPERONE_PASSPORT_FILE, HYPERONE_TOKEN, `~/.h1/passport.json` and the
    v2 client's login in `~/.h1/config.json`. Project: config → HYPERONE_PROJECT → the source of the token. Location:
    config → the source of the token → pl-waw-1. For the parameters see `resolution.resolve`.

    Raises CredentialsError or SettingsError with all faults, one a line; renews a login only when there are none.
    """
    faults = Faults()
    url = faults.attempt(lambda: api_url(config, environ, VERSION)) or default_api_url(VERSION)
    project, project_source = first(config, environ, "project", PROJECT_VARIABLE)
    faults.attempt(lambda: check_project(project, project_source))
    if config.get("token_login", "").strip():
        faults.found.append(_no_ssh_login())
    audience = first(config, environ, "audience", AUDIENCE_VARIABLE)[0] or url
    faults.raise_all()
    sources = _sources(config, environ, home)
    found = next((one for _, get in sources if (one := get(url, audience, "")) is not None), None)
    if found is None:
        raise _nothing_found(home)
    if not project and not found.project:
        raise SettingsError(
            f"no project: v2 needs one in its paths, and {found.source} names none: "
            f"`pulumi config set hyperone:project ID-OR-NAME`, or export {PROJECT_VARIABLE}"
        )
    return Credentials(
        token=found.token,
        project=project or found.project,
        api_url=url,
        source=found.source,
        advice=found.advice,
        api_version=VERSION,
        location=config.get("location", "").strip() or found.location or DEFAULT_LOCATION,
        expires=found.expires,
        secrets=found.secrets,
    )


def renewed(old: Credentials, config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials | None:
    """A newer token from where the old one came from; None when there is none. Raises CredentialsError.

    No other source is looked at: its token may be another account's. Project, location and address stay.
    """
    audience = first(config, environ, "audience", AUDIENCE_VARIABLE)[0] or old.api_url
    for source, get in _sources(config, environ, home):
        if source == old.source:
            found = get(old.api_url, audience, old.token)
            if found is None or found.token == old.token:
                return None
            return replace(old, token=found.token, expires=found.expires, secrets=found.secrets)
    return None


def default_passport(home: Path) -> Path:
    """Where the v2 client keeps a passport."""
    return home / ".h1" / "passport.json"


def _sources(config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> list[tuple[str, Get]]:
    """The sources that there are, in their order, each with how to get its token."""
    found: list[tuple[str, Get]] = []

    def passport(path: Path, named: str) -> None:
        found.append((_passport_source(path), lambda url, aud, _old: _of_passport(path, named, url, aud)))

    def token(value: str, source: str) -> None:
        found.append((source, lambda _url, _aud, _old: _of_token(value, source)))

    if config.get("passport_file", "").strip():
        passport(_path(config["passport_file"], home), "stack config hyperone:passport_file")
    if config.get("token", "").strip():
        token(config["token"].strip(), CONFIG_SOURCE)
    if environ.get(PASSPORT_VARIABLE, "").strip():
        passport(_path(environ[PASSPORT_VARIABLE], home), f"the environment variable {PASSPORT_VARIABLE}")
    if environ.get(TOKEN_VARIABLE, "").strip():
        token(environ[TOKEN_VARIABLE].strip(), VARIABLE_SOURCE)
    passport(default_passport(home), "")
    path = client_file(home)
    found.append((_login_source(path), lambda url, _aud, old: _of_login(path, url, old)))
    return found


def _path(text: str, home: Path) -> Path:
    text = text.strip()
    return home / text[2:] if text.startswith("~/") else Path(text)


def _passport_source(path: Path) -> str:
    return f"the passport {path}"


def _login_source(path: Path) -> str:
    return f"the v2 client's login in {path}"


def _of_passport(path: Path, named: str, url: str, audience: str) -> _Found | None:
    """Sign a token; None when nobody named the file and it is not there."""
    from pulumi_hyperone.provider.credentials.passport import read_passport  # noqa: PLC0415 - loads cryptography

    found = read_passport(path)
    if found is None and named:
        raise CredentialsError(f"{named}: there is no passport {path}; docs/authentication.md says how to make one")
    if found is None:
        return None
    token, expires = found.sign(audience)
    advice = _passport_advice(found.subject, found.certificate, url, audience)
    return _Found(token, _passport_source(path), advice, expires, found.project, secrets=(found.pem,))


def _passport_advice(subject: str, certificate: str, url: str, audience: str) -> str:
    other = "" if audience == url else f" (hyperone:audience differs from the address {url})"
    return (
        f"Check that {subject} still has the credential {certificate}, that the passport's key is "
        f"that credential's, and that the audience {audience} is right{other}; docs/authentication.md says how to make "
        "another passport"
    )


def _of_token(token: str, source: str) -> _Found:
    check_token(token, source)
    return _Found(token, source, token_advice(source))


def _of_login(path: Path, url: str, refused: str) -> _Found | None:
    """The login, renewed when it ends soon or its token was refused; None when there is none."""
    login: ClientLogin = read_client_file(path)
    if not login.token:
        return None
    if not login.lasts or login.token == refused:
        login = renew(login, url)
    check_token(login.token, _login_source(path))
    advice = "Log in again with `h1 auth user`"
    place = (login.project, login.location)
    return _Found(login.token, _login_source(path), advice, login.expires, *place, secrets=(login.refresh_token,))


def _no_ssh_login() -> CredentialsError:
    return CredentialsError(
        "hyperone:token_login: the second generation of the API has no SSH login; make a service account with a "
        "passport (docs/authentication.md) and `pulumi config set --plaintext hyperone:passport_file PATH`"
    )


def _nothing_found(home: Path) -> CredentialsError:
    return CredentialsError(
        "no HyperOne credentials for the second generation of the API: give a passport in one of these ways: `pulumi "
        f"config set --plaintext hyperone:passport_file PATH`; the environment variable {PASSPORT_VARIABLE}; the file "
        f"{default_passport(home)}; or log in with `h1 auth user` (kept in {client_file(home)})"
    )
