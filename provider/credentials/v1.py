"""The order in which credentials of v1 are looked for; every fault found on the way is reported at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.credentials.cli_file import CONFIG_PATH_VARIABLE, CliLogin, cli_file, read_cli_file
from pulumi_hyperone.provider.credentials.endpoint import default_api_url
from pulumi_hyperone.provider.credentials.login_server import LoginServer, login_server
from pulumi_hyperone.provider.credentials.sources import (
    CONFIG_SOURCE,
    FROM_TODAY,
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

VERSION = "v1"
_CLI_SOURCE = "the h1 CLI's file"


def resolve(config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials:
    """Find token, project and address.

    `config` is the `hyperone` namespace of stack config without its prefix (`token`, `project`, `api_url`,
    `token_login`, `token_login_host`, `token_login_host_key`), `environ` the environment, `home` the user's home
    folder. Token: config → HYPERONE_TOKEN → the h1 CLI's conf.json → SSH login with `token_login`. Project: config →
    HYPERONE_PROJECT → conf.json; None when nothing names one. Address: config → HYPERONE_API_URL → HyperOne's own.

    Raises CredentialsError or SettingsError with all faults, one a line; logs in over SSH only when there are none.
    """
    faults = Faults()
    url = faults.attempt(lambda: api_url(config, environ, VERSION))
    project, project_source = first(config, environ, "project", PROJECT_VARIABLE)
    token, source = first(config, environ, "token", TOKEN_VARIABLE)
    user = config.get("token_login", "").strip()
    path = cli_file(environ, home)
    found = None if token and project else faults.attempt(lambda: read_cli_file(path))
    cli = found or CliLogin(path)
    if not project:
        project, project_source = cli.project or "", str(cli.path)
    if not token and cli.token and not cli.has_expired:
        token, source = cli.token, _cli_source(cli.path)
    if token:
        faults.attempt(lambda: check_token(token, source))
    elif not user and found is not None:
        faults.found.append(_no_token(cli))
    faults.attempt(lambda: check_project(project, project_source))
    server = faults.attempt(lambda: login_server(config, url)) if not token and user and url else None
    faults.raise_all()
    if server is not None:
        token, source = _logged_in(user, server, environ), _login_source(user)
        check_token(token, source)
    return Credentials(
        token=token,
        project=project or None,
        api_url=url or default_api_url(VERSION),
        source=source,
        advice=_advice(source),
        api_version=VERSION,
    )


def renewed(old: Credentials, config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> Credentials | None:
    """Read a refused token afresh where it came from; None when there is no other one or it cannot be had.

    No other source is looked at: its token may be another account's, which nobody asked to pay. Project and address
    stay as they were. For the parameters see `resolve`.
    """
    try:
        token = _token_of(old, config, environ, home)
        check_token(token, old.source)
    except SettingsError:
        return None
    return replace(old, token=token) if token != old.token else None


def _token_of(old: Credentials, config: Mapping[str, str], environ: Mapping[str, str], home: Path) -> str:
    """The token that the source of `old` has now; empty when it has none."""
    user, path = config.get("token_login", "").strip(), cli_file(environ, home)
    if old.source == CONFIG_SOURCE:
        return config.get("token", "").strip()
    if old.source == VARIABLE_SOURCE:
        return environ.get(TOKEN_VARIABLE, "").strip()
    if old.source == _cli_source(path):
        cli = read_cli_file(path)
        return cli.token if cli.token and not cli.has_expired else ""
    if user and old.source == _login_source(user):
        return _logged_in(user, login_server(config, old.api_url), environ)
    return ""


def _logged_in(user: str, server: LoginServer, environ: Mapping[str, str]) -> str:
    from pulumi_hyperone.provider.credentials.ssh_login import login  # noqa: PLC0415 - loads paramiko

    return login(user, server, agent_socket=environ.get("SSH_AUTH_SOCK"))


def _cli_source(path: Path) -> str:
    return f"{_CLI_SOURCE} {path}"


def _login_source(user: str) -> str:
    return f"the SSH login as {user}"


def _advice(source: str) -> str:
    """What to do when the token from there is refused; other sources are not tried."""
    if source in {CONFIG_SOURCE, VARIABLE_SOURCE}:
        return token_advice(source)
    if source.startswith(_CLI_SOURCE):
        return f"Log in again with `h1 login`; {FROM_TODAY}"
    return f"The key was accepted, so ask whether the account may use this project; {FROM_TODAY}"


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
        "with your key in ssh-agent. For the second generation of the API: a passport, `pulumi config set --plaintext "
        "hyperone:passport_file PATH`"
    )
