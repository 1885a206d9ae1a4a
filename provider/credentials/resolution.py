"""The order in which credentials are looked for; every fault found on the way is reported at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pulumi_hyperone.provider.api import Credentials
from pulumi_hyperone.provider.credentials.cli_file import CONFIG_PATH_VARIABLE, CliLogin, cli_file, read_cli_file
from pulumi_hyperone.provider.credentials.endpoint import DEFAULT_API_URL, check_api_url, is_hyperone
from pulumi_hyperone.provider.credentials.host_key import PinnedHostKey
from pulumi_hyperone.provider.credentials.ssh_login import HYPERONE_HOST_KEY, HYPERONE_LOGIN_HOST, LoginServer, login
from pulumi_hyperone.provider.foundation.errors import CredentialsError, SettingsError

T = TypeVar("T")

TOKEN_VARIABLE = "HYPERONE_TOKEN"  # noqa: S105 - a variable's name
PROJECT_VARIABLE = "HYPERONE_PROJECT"
API_URL_VARIABLE = "HYPERONE_API_URL"
SSH_PORT = 22

_CONFIG_SOURCE = "stack config hyperone:token"
_VARIABLE_SOURCE = f"the environment variable {TOKEN_VARIABLE}"
_CLI_SOURCE = "the h1 CLI's file"
_TOKEN = re.compile(r"[\x21-\x7e]+")


class _Faults:
    """Faults found so far; `attempt` runs a step and keeps what it raises."""

    def __init__(self) -> None:
        self.found: list[SettingsError] = []

    def attempt(self, step: Callable[[], T]) -> T | None:
        try:
            return step()
        except SettingsError as error:
            self.found.append(error)
            return None

    def raise_all(self) -> None:
        if not self.found:
            return
        kind = CredentialsError if any(isinstance(error, CredentialsError) for error in self.found) else SettingsError
        raise kind("\n".join(str(error) for error in self.found))


def resolve(config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials:
    """Find token, project and address.

    `config` is the `hyperone` namespace of stack config without its prefix (`token`, `project`, `api_url`,
    `token_login`, `token_login_host`, `token_login_host_key`), `environ` the environment, `home` the user's home
    folder. Token: config → HYPERONE_TOKEN → the h1 CLI's conf.json → SSH login with `token_login`. Project: config →
    HYPERONE_PROJECT → conf.json; None when nothing names one. Address: config → HYPERONE_API_URL → HyperOne's own.

    Raises CredentialsError or SettingsError with all faults, one a line; logs in over SSH only when there are none.
    """
    faults = _Faults()
    api_url = faults.attempt(lambda: _api_url(config, environ))
    project, project_source = _first(config, environ, "project", PROJECT_VARIABLE)
    token, source = _first(config, environ, "token", TOKEN_VARIABLE)
    user = config.get("token_login", "").strip()
    path = cli_file(environ, home)
    found = None if token and project else faults.attempt(lambda: read_cli_file(path))
    cli = found or CliLogin(path)
    if not project:
        project, project_source = cli.project or "", str(cli.path)
    if not token and cli.token and not cli.has_expired:
        token, source = cli.token, _cli_source(cli.path)
    if token:
        faults.attempt(lambda: _check_token(token, source))
    elif not user and found is not None:
        faults.found.append(_no_token(cli))
    faults.attempt(lambda: _check_project(project, project_source))
    server = faults.attempt(lambda: _login_server(config, api_url)) if not token and user and api_url else None
    faults.raise_all()
    if server is not None:
        token, source = login(user, server, agent_socket=environ.get("SSH_AUTH_SOCK")), _login_source(user)
        _check_token(token, source)
    return Credentials(
        token=token,
        project=project or None,
        api_url=api_url or DEFAULT_API_URL,
        source=source,
        advice=_advice(source),
    )


def renewed(old: Credentials, config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials | None:
    """Read a refused token afresh where it came from; None when there is no other one or it cannot be had.

    No other source is looked at: its token may be another account's, which nobody asked to pay. Project and address
    stay as they were. For the parameters see `resolve`.
    """
    try:
        token = _token_of(old, config, environ, home)
        _check_token(token, old.source)
    except SettingsError:
        return None
    return replace(old, token=token) if token != old.token else None


def _token_of(old: Credentials, config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> str:
    """The token that the source of `old` has now; empty when it has none."""
    user, path = config.get("token_login", "").strip(), cli_file(environ, home)
    if old.source == _CONFIG_SOURCE:
        return config.get("token", "").strip()
    if old.source == _VARIABLE_SOURCE:
        return environ.get(TOKEN_VARIABLE, "").strip()
    if old.source == _cli_source(path):
        cli = read_cli_file(path)
        return cli.token if cli.token and not cli.has_expired else ""
    if user and old.source == _login_source(user):
        return login(user, _login_server(config, old.api_url), agent_socket=environ.get("SSH_AUTH_SOCK"))
    return ""


def _cli_source(path: Path) -> str:
    return f"{_CLI_SOURCE} {path}"


def _login_source(user: str) -> str:
    return f"the SSH login as {user}"


def _advice(source: str) -> str:
    """What to do when the token from there is refused; other sources are not tried."""
    if source == _CONFIG_SOURCE:
        return (
            "Set a fresh one with `pulumi config set --secret hyperone:token`, or remove it with `pulumi config rm "
            "hyperone:token` to have another source used"
        )
    if source == _VARIABLE_SOURCE:
        what = f"Export a fresh one as {TOKEN_VARIABLE}, or unset it to have another source used"
    elif source.startswith(_CLI_SOURCE):
        what = "Log in again with `h1 login`"
    else:
        what = "The key was accepted, so ask whether the account may use this project"
    return f"{what}; `pulumi destroy` looks at today's stack config only with `--run-program`"


def _first(config: Mapping[str, str], environ: Mapping[str, str], key: str, variable: str) -> tuple[str, str]:
    """Take the value of stack config, else of the environment, and say where it was; ("", "") without one."""
    value = config.get(key, "").strip()
    if value:
        return value, f"stack config hyperone:{key}"
    value = environ.get(variable, "").strip()
    return (value, f"the environment variable {variable}") if value else ("", "")


def _api_url(config: Mapping[str, str], environ: Mapping[str, str]) -> str:
    value, source = _first(config, environ, "api_url", API_URL_VARIABLE)
    return check_api_url(value, source) if value else DEFAULT_API_URL


def _check_token(token: str, source: str) -> None:
    if not _TOKEN.fullmatch(token):
        raise CredentialsError(
            f"the token from {source} holds spaces, line breaks or characters beyond ASCII: it was not copied as it is"
        )


def _check_project(project: str, source: str) -> None:
    if any(not char.isprintable() for char in project):
        raise SettingsError(f"the project from {source} holds line breaks or control characters")


def _login_server(config: Mapping[str, str], api_url: str) -> LoginServer:
    address = config.get("token_login_host", "").strip()
    key = config.get("token_login_host_key", "").strip()
    if not is_hyperone(api_url) and not (address and key):
        raise CredentialsError(
            f"hyperone:token_login is set, but {api_url} is not HyperOne's own endpoint: set "
            "hyperone:token_login_host (host or host:port) and hyperone:token_login_host_key for it, or a token"
        )
    host, port = _host_and_port(address) if address else (HYPERONE_LOGIN_HOST, SSH_PORT)
    return LoginServer(host, port, PinnedHostKey.parse(key) if key else HYPERONE_HOST_KEY)


def _host_and_port(address: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\s:/@\[\]]+))(?::(?P<port>\d{1,5}))?", address)
    if match is None or not 0 < int(match["port"] or SSH_PORT) < 2**16:
        raise SettingsError(f"hyperone:token_login_host: {address!r} must be a host or host:port")
    return match["six"] or match["host"], int(match["port"] or SSH_PORT)


def _no_token(cli: CliLogin) -> CredentialsError:
    expired = ""
    if cli.token and cli.expires is not None:
        expired = (
            f"the session in {cli.path} expired at {cli.expires:%Y-%m-%d %H:%M %Z}: log in again with `h1 login`. "
            "Otherwise, "
        )
    return CredentialsError(
        f"no HyperOne token: {expired}give one in one of these ways: `pulumi config set --secret hyperone:token`; the "
        f"environment variable {TOKEN_VARIABLE}; a login of the h1 CLI (`h1 login`, kept in {cli.path}; "
        f"{CONFIG_PATH_VARIABLE} moves the folder); or SSH login: `pulumi config set hyperone:token_login YOUR-E-MAIL` "
        "with your key in ssh-agent"
    )
