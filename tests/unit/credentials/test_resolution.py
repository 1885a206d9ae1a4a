"""Where token, project and address are found, and what is said when they are not."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.provider.credentials.resolution import renewed, resolve
from pulumi_hyperone.provider.foundation.errors import CredentialsError, SettingsError

HOUR = timedelta(hours=1)


def write_cli_file(folder: Path, *, expires: datetime | None = None, **profile: Any) -> Path:
    """Write the CLI's file as the CLI does, and return it."""
    if expires is not None:
        profile["expires"] = expires.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "conf.json"
    path.write_text(json.dumps({"profile": profile, "defaults": {}}, indent=2))
    return path


def test_stack_config_comes_first(tmp_path: Path) -> None:
    """Token, project and address of stack config win over environment and file."""
    write_cli_file(tmp_path / ".h1-cli", apiKey="from-file", project={"id": "file-project"})
    found = resolve(
        {"token": "from-config", "project": "config-project", "api_url": "https://api.rootbox.com/v1/"},
        {"HYPERONE_TOKEN": "from-env", "HYPERONE_PROJECT": "env-project", "HYPERONE_API_URL": "https://env/v1"},
        tmp_path,
    )
    assert (found.token, found.project, found.api_url) == (
        "from-config",
        "config-project",
        "https://api.rootbox.com/v1",
    )
    assert found.source == "stack config hyperone:token"
    assert "from-config" not in repr(found)


def test_environment_comes_second(tmp_path: Path) -> None:
    """Without stack config the environment is taken."""
    write_cli_file(tmp_path / ".h1-cli", apiKey="from-file", project={"id": "file-project"})
    found = resolve(
        {"token": ""},
        {"HYPERONE_TOKEN": "from-env", "HYPERONE_PROJECT": "env-project", "HYPERONE_API_URL": "http://127.0.0.1:8/v1"},
        tmp_path,
    )
    assert (found.token, found.project, found.api_url) == ("from-env", "env-project", "http://127.0.0.1:8/v1")
    assert found.source == "the environment variable HYPERONE_TOKEN"


def test_cli_file_comes_third(tmp_path: Path) -> None:
    """The CLI's session and project are used, with HyperOne's own address."""
    path = write_cli_file(
        tmp_path / ".h1-cli", apiKey="from-file", project={"id": "file-project"}, expires=datetime.now(UTC) + HOUR
    )
    found = resolve({}, {}, tmp_path)
    assert (found.token, found.project, found.api_url) == ("from-file", "file-project", "https://api.hyperone.com/v1")
    assert found.source == f"the h1 CLI's file {path}"


def test_project_of_the_cli_file_goes_with_a_token_from_elsewhere(tmp_path: Path) -> None:
    """The project chosen in the CLI is used when none is set, also under its old key."""
    write_cli_file(tmp_path / ".h1-cli", project={"_id": "old-style"})
    assert resolve({"token": "t0ken"}, {}, tmp_path).project == "old-style"


def test_token_without_any_project_is_fine(tmp_path: Path) -> None:
    """Service-account tokens need no project."""
    assert resolve({"token": "t0ken"}, {}, tmp_path).project is None


@pytest.mark.parametrize("value", ["{folder}", "~/elsewhere"])
def test_config_path_moves_the_cli_folder(tmp_path: Path, value: str) -> None:
    """HYPERONE_CONFIG_PATH names the folder of conf.json."""
    write_cli_file(tmp_path / "elsewhere", apiKey="moved")
    write_cli_file(tmp_path / ".h1-cli", apiKey="not-this-one")
    environ = {"HYPERONE_CONFIG_PATH": value.format(folder=tmp_path / "elsewhere")}
    assert resolve({}, environ, tmp_path).token == "moved"


def test_expired_session_is_said_plainly(tmp_path: Path) -> None:
    """An expired CLI session is not used, and the message says when it ended and what to do."""
    path = write_cli_file(tmp_path / ".h1-cli", apiKey="old-token", expires=datetime(2020, 5, 1, 12, 30, tzinfo=UTC))
    with pytest.raises(CredentialsError) as caught:
        resolve({}, {}, tmp_path)
    assert f"the session in {path} expired at 2020-05-01 12:30 UTC: log in again with `h1 login`" in str(caught.value)
    assert "old-token" not in str(caught.value)


def test_missing_token_lists_all_ways(tmp_path: Path) -> None:
    """The message of a first run names every way to give a token."""
    with pytest.raises(CredentialsError) as caught:
        resolve({}, {}, tmp_path)
    for way in (
        "pulumi config set --secret hyperone:token",
        "HYPERONE_TOKEN",
        str(tmp_path / ".h1-cli" / "conf.json"),
        "HYPERONE_CONFIG_PATH",
        "hyperone:token_login",
    ):
        assert way in str(caught.value)


def test_broken_cli_file_is_one_clear_line(tmp_path: Path) -> None:
    """Invalid JSON names file and line, and shows nothing of the content."""
    path = write_cli_file(tmp_path / ".h1-cli", apiKey="sess10n")
    path.write_text('{"profile": {\n "apiKey": "sess10n",,\n}}')
    with pytest.raises(CredentialsError) as caught:
        resolve({}, {}, tmp_path)
    assert str(caught.value).startswith(f"the h1 CLI's file {path} is not valid JSON (line 2);")
    assert "\n" not in str(caught.value)
    assert "sess10n" not in str(caught.value)


def test_deep_cli_file_is_one_clear_line(tmp_path: Path) -> None:
    """Lists in lists without end are a line, not a traceback."""
    write_cli_file(tmp_path / ".h1-cli").write_text("[" * 100_000)
    with pytest.raises(CredentialsError, match=r"is not valid JSON \(it is nested too deeply\); log in again"):
        resolve({}, {}, tmp_path)


def test_unreadable_cli_file_is_one_clear_line(tmp_path: Path) -> None:
    """A folder in the place of the file cannot be read by anyone, root included."""
    path = tmp_path / ".h1-cli" / "conf.json"
    path.mkdir(parents=True)
    with pytest.raises(CredentialsError, match=r"cannot read the h1 CLI's file .*: is a directory;"):
        resolve({}, {}, tmp_path)


def test_a_home_folder_that_cannot_be_looked_into_is_one_clear_line() -> None:
    """As another user's after `sudo -u`, whose files may neither be read nor looked for."""
    said = r"cannot read the h1 CLI's file /a{300}/\.h1-cli/conf\.json: file name too long"
    with pytest.raises(CredentialsError, match=said):
        resolve({}, {}, Path(f"/{'a' * 300}"))


def test_broken_cli_file_does_not_matter_when_nothing_of_it_is_needed(tmp_path: Path) -> None:
    """With token and project set the file is not read."""
    write_cli_file(tmp_path / ".h1-cli").write_text("{")
    assert resolve({"token": "t0ken", "project": "p"}, {}, tmp_path).token == "t0ken"


@pytest.mark.parametrize("content", ["[]", '{"profile": null}', '{"profile": {"apiKey": 5, "project": "x"}}', "{}"])
def test_cli_file_of_another_shape_counts_as_empty(tmp_path: Path, content: str) -> None:
    """What is valid JSON but no login leads to the message about missing tokens."""
    write_cli_file(tmp_path / ".h1-cli").write_text(content)
    with pytest.raises(CredentialsError, match="no HyperOne token"):
        resolve({}, {}, tmp_path)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("api.hyperone.com/v1", "must be a URL such as https://api.hyperone.com/v1"),
        ("ftp://api.hyperone.com/v1", "must be a URL such as"),
        ("https://", "must be a URL such as"),
        ("https://me:s3cret@api.hyperone.com/v1", "nothing but scheme, host, port and path"),
        ("https://api.hyperone.com/v1?x=1", "nothing but scheme, host, port and path"),
        ("https://api.hyperone.com:port/v1", "must be a URL such as"),
        ("https://api hyperone.com/v1", "must be a URL such as"),
        ("https://api.hyperone.com/a b/v1", "spaces or control characters"),
        ("https://api.hyperone.com", "must end with the version of the API"),
        ("http://api.hyperone.com/v1", "the token would travel unencrypted"),
    ],
)
def test_bad_address_is_refused_before_a_token_is_sent(tmp_path: Path, url: str, why: str) -> None:
    """An address that cannot be right is named with its source."""
    with pytest.raises(SettingsError) as caught:
        resolve({"token": "t0ken"}, {"HYPERONE_API_URL": url}, tmp_path)
    assert why in str(caught.value)
    assert "HYPERONE_API_URL" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["http://localhost:8080/v1", "http://127.77.0.1/v1", "http://[::1]:80/v1"])
def test_plain_http_is_fine_on_this_machine(tmp_path: Path, url: str) -> None:
    """The local cloud speaks HTTP on loopback."""
    assert resolve({"token": "t0ken", "api_url": url}, {}, tmp_path).api_url == url


def test_token_that_cannot_be_one_is_refused_without_showing_it(tmp_path: Path) -> None:
    """A token with a line break would end up in a header."""
    with pytest.raises(CredentialsError) as caught:
        resolve({"token": "abc\r\nx-evil: 1"}, {}, tmp_path)
    assert "stack config hyperone:token holds spaces, line breaks" in str(caught.value)
    assert "evil" not in str(caught.value)


def test_surrounding_white_space_of_a_token_is_dropped(tmp_path: Path) -> None:
    """A token read from a file often ends in a newline."""
    assert resolve({}, {"HYPERONE_TOKEN": " t0ken\n"}, tmp_path).token == "t0ken"


@pytest.mark.parametrize("url", ["nonsense", "http://[::1/v1"])
def test_all_faults_come_together(tmp_path: Path, url: str) -> None:
    """A wrong address, a wrong project and a missing token are one report, a line each."""
    with pytest.raises(CredentialsError) as caught:
        resolve({"api_url": url, "project": "a\x00b"}, {}, tmp_path)
    lines = str(caught.value).split("\n")
    assert len(lines) == 3
    assert lines[0].startswith(f"stack config hyperone:api_url: '{url}' is not a usable API address")
    assert lines[1].startswith("no HyperOne token")
    assert lines[2].startswith("the project from stack config hyperone:project holds line breaks")


def login_through(host: Any) -> dict[str, str]:
    """The settings of a login at a server of the tests."""
    login = {"token_login_host": host.address, "token_login_host_key": host.key_line()}
    return {"api_url": "http://127.0.0.1:9/v1", "project": "mine", "token_login": "me@example.com", **login}


def test_ssh_login_comes_last_and_through_the_whole_way(
    tmp_path: Path, agent: Any, behaviour: Any, start_login_host: Any
) -> None:
    """With token_login, login host and host key set, the token comes from the login server; other sources win."""
    behaviour.accounts = {"me@example.com": [agent.add_key()]}
    host = start_login_host(behaviour)
    config = login_through(host)
    environ = {"SSH_AUTH_SOCK": agent.socket}
    found = resolve(config, environ, tmp_path)
    assert (found.token, found.source) == ("5f0c0ffee0ddba11c0ffee00", "the SSH login as me@example.com")
    assert resolve(config, {**environ, "HYPERONE_TOKEN": "from-env"}, tmp_path).token == "from-env"
    write_cli_file(tmp_path / ".h1-cli", apiKey="valid", expires=datetime.now(UTC) + HOUR)
    assert resolve(config, environ, tmp_path).token == "valid"
    write_cli_file(tmp_path / ".h1-cli", apiKey="over", expires=datetime.now(UTC) - HOUR)
    assert resolve(config, environ, tmp_path).token == "5f0c0ffee0ddba11c0ffee00"
    assert behaviour.logins == ["me@example.com"] * 2


@pytest.mark.parametrize("given", [{}, {"token_login_host": "127.0.0.1"}, {"token_login_host_key": "0" * 40}])
def test_ssh_login_for_another_endpoint_needs_host_and_key(tmp_path: Path, given: dict[str, str]) -> None:
    """HyperOne's login server is not asked for a token of another cloud."""
    with pytest.raises(CredentialsError, match=r"set hyperone:token_login_host .* and hyperone:token_login_host_key"):
        resolve({"token_login": "me@example.com", "api_url": "http://127.0.0.1:9/v1", **given}, {}, tmp_path)


def test_ssh_login_without_agent_is_said_through_resolve(tmp_path: Path) -> None:
    """For HyperOne's own endpoint nothing but the agent is missing."""
    with pytest.raises(CredentialsError, match="no ssh-agent is running"):
        resolve({"token_login": "me@example.com"}, {}, tmp_path)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"token_login_host": "a b"}, "token_login_host: 'a b' must be a host or host:port"),
        ({"token_login_host": "host:99999"}, "must be a host or host:port"),
        ({"token_login_host": "host:0"}, "must be a host or host:port"),
        ({"token_login_host_key": "abc"}, "token_login_host_key: must be the SHA-1 of the host key"),
        ({"token_login_host_key": "ssh-ed25519 AAAA"}, "token_login_host_key: must be the SHA-1 of the host key"),
        ({"token_login_host_key": "ssh-ed25519 AAAAé"}, "token_login_host_key: must be the SHA-1 of the host key"),
    ],
)
def test_bad_login_settings_are_named(tmp_path: Path, given: dict[str, str], why: str) -> None:
    """Login host and key are checked before anything is connected."""
    settings = {"token_login_host": "host", "token_login_host_key": "0" * 40, **given}
    with pytest.raises(SettingsError, match=why):
        resolve({"token_login": "me@example.com", **settings}, {"SSH_AUTH_SOCK": "/nonexistent"}, tmp_path)


def test_after_a_refusal_only_the_same_source_counts(tmp_path: Path) -> None:
    """A newer token of the same place is taken, with project and address as they were; one of another place never."""
    write_cli_file(tmp_path / ".h1-cli", apiKey="of-file", project={"id": "file-project"})
    config, environ = {"token": "of-config", "project": "mine"}, {"HYPERONE_TOKEN": "of-env"}
    of_config = resolve(config, environ, tmp_path)
    of_env = resolve({}, environ, tmp_path)
    of_file = resolve({}, {}, tmp_path)
    for old in (of_config, of_env, of_file):
        assert renewed(old, config, environ, tmp_path) is None
    assert renewed(of_config, {"project": "mine"}, environ, tmp_path) is None
    assert renewed(of_env, config, {}, tmp_path) is None
    newer = renewed(
        of_config, {"token": "newer", "project": "another", "api_url": "http://127.0.0.1:1/v1"}, {}, tmp_path
    )
    assert newer == replace(of_config, token="newer")
    write_cli_file(tmp_path / ".h1-cli", apiKey="newer", project={"id": "another"})
    assert renewed(of_file, config, environ, tmp_path) == replace(of_file, token="newer")
    (tmp_path / ".h1-cli" / "conf.json").write_text("{")
    assert renewed(of_file, config, environ, tmp_path) is None


@pytest.mark.parametrize(
    ("config", "environ", "advice"),
    [
        ({"token": "t"}, {"HYPERONE_TOKEN": "other"}, "pulumi config set --secret hyperone:token"),
        ({}, {"HYPERONE_TOKEN": "t"}, "HYPERONE_TOKEN"),
        ({}, {}, "h1 login"),
    ],
)
def test_every_source_says_what_to_do_about_a_refusal(tmp_path: Path, config: Any, environ: Any, advice: str) -> None:
    """The advice is one line about that source."""
    write_cli_file(tmp_path / ".h1-cli", apiKey="t", project={"id": "p"})
    found = resolve(config, environ, tmp_path)
    assert advice in found.advice
    assert "\n" not in found.advice


def test_a_refused_ssh_login_is_made_anew(tmp_path: Path, agent: Any, behaviour: Any, start_login_host: Any) -> None:
    """A session that ended is followed by another one of the same account, whatever else there is by now."""
    behaviour.accounts = {"me@example.com": [agent.add_key()]}
    host = start_login_host(behaviour)
    config = login_through(host)
    environ = {"SSH_AUTH_SOCK": agent.socket}
    old = replace(resolve(config, environ, tmp_path), token="ended")
    assert renewed(old, config, {**environ, "HYPERONE_TOKEN": "other"}, tmp_path) == replace(
        old, token="5f0c0ffee0ddba11c0ffee00"
    )
