"""Every way to authenticate, as the check before a build tries it on the local cloud: order and messages."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.foundation.errors import CredentialsError
from pulumi_hyperone.provider.process import session as sessions
from pulumi_hyperone.provider.resources.preflight import PreflightProvider
from tests.support.account import Account, Agent, running_agent

pytestmark = pytest.mark.cloud

NOTHING = {"HYPERONE_TOKEN": ""}
"""No token in the environment."""
IN_AN_HOUR = datetime.now(UTC) + timedelta(hours=1)
ASKED = {"source_image": "image", "ssh_keys": "ssh key"}

Look = Callable[..., str]


@pytest.fixture
def account(cloud: LocalCloud) -> Account:
    """The user of the local cloud."""
    return Account(cloud)


@pytest.fixture
def agent(tmp_path: Path) -> Iterator[Agent]:
    """An agent of the test's own."""
    with running_agent(tmp_path) as agent:
        yield agent


@pytest.fixture
def look(cloud: LocalCloud, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Look:
    """Have the stack checked with account settings and environment variables; returns what is refused, "" for nothing.

    The environment has the cloud's address and a good token unless told otherwise; the folder is no checkout's.
    """

    def check(settings: dict[str, str] | None = None, *, ssh_keys: tuple[str, ...] = (), **environment: str) -> str:
        usual = {"HYPERONE_API_URL": cloud.url, "HYPERONE_TOKEN": cloud.token, "HYPERONE_CONFIG_PATH": "/nonexistent"}
        with monkeypatch.context() as patch:
            patch.chdir(tmp_path)
            patch.delenv("HYPERONE_PROJECT", raising=False)
            for name, value in {**usual, **environment}.items():
                patch.setenv(name, value)
            session = sessions.Session(settings or {})
            patch.setattr(sessions, "_session", session)
            images = {"web": {"source_image": "sandbox", "ssh_keys": ssh_keys}}
            checked = PreflightProvider().check({}, {"images": images, "asked": ASKED, "stack": "project/test"})
            return "\n".join(failure.reason for failure in checked.failures)

    return check


@pytest.fixture(scope="module")
def silent(running_cloud: LocalCloud, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """A login at a host that says nothing, from the start of the module: its deadline is 30 s. Waits for its end."""
    said: list[str] = []
    folder = tmp_path_factory.mktemp("agent")
    with socket.create_server(("127.0.0.1", 0)) as listener, running_agent(folder) as holder:
        holder.add()
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        settings = {"api_url": running_cloud.url, **Account(running_cloud).ssh(token_login_host=host)}

        def log_in() -> None:
            try:
                sessions.resolve(settings, {"SSH_AUTH_SOCK": holder.socket}, folder)
            except CredentialsError as error:
                said.append(str(error).replace(host, "HOST"))

        thread = threading.Thread(target=log_in)
        thread.start()

        def end() -> str:
            thread.join(120)
            return "\n".join(said)

        yield end
        end()


@pytest.mark.usefixtures("silent")
def test_a_service_token_in_stack_config_needs_no_project(look: Look, cloud: LocalCloud) -> None:
    """The token of stack config wins over one in the environment that the cloud would refuse."""
    assert look({"token": cloud.token}, HYPERONE_TOKEN="refused") == ""


def test_a_refused_token_is_never_replaced_by_that_of_another_account(
    look: Look, cloud: LocalCloud, account: Account, tmp_path: Path
) -> None:
    """Wrong token in stack config, good ones in environment and CLI file: one line says which was refused."""
    folder = account.cli_folder(tmp_path / "h1", account.session(), expires=IN_AN_HOUR)
    said = look({"token": "wrong"}, HYPERONE_TOKEN=cloud.token, HYPERONE_CONFIG_PATH=folder)
    assert "refused the token from stack config hyperone:token" in said
    assert "`pulumi config rm hyperone:token`" in said
    said = look({}, HYPERONE_TOKEN="wrong", HYPERONE_CONFIG_PATH=folder)
    assert "refused the token from the environment variable HYPERONE_TOKEN" in said
    assert "unset it" in said


def test_a_session_token_needs_a_project_and_says_so(look: Look, cloud: LocalCloud, account: Account) -> None:
    """A user's token in HYPERONE_TOKEN: without a project one clear message, with one (by name or id) it works."""
    session = account.session()
    needed = "no project is set, and session tokens need one: `pulumi config set hyperone:project NAME-OR-ID`"
    assert needed in look(HYPERONE_TOKEN=session)
    assert look({"project": "local"}, HYPERONE_TOKEN=session) == ""
    assert look(HYPERONE_TOKEN=session, HYPERONE_PROJECT=cloud.project) == ""


def test_a_project_that_is_not_the_users_is_named(look: Look, account: Account) -> None:
    """A wrong project: the message names it and where the token came from."""
    said = look({"project": "elsewhere"}, HYPERONE_TOKEN=account.session())
    assert "elsewhere" in said
    assert "HYPERONE_TOKEN" in said


def test_the_environment_wins_over_the_clis_file(look: Look, account: Account, tmp_path: Path) -> None:
    """With HYPERONE_TOKEN set, the refused token of the file is never sent."""
    assert look(HYPERONE_CONFIG_PATH=account.cli_folder(tmp_path / "h1", "refused", expires=IN_AN_HOUR)) == ""


def test_an_expired_session_of_the_cli_is_said_plainly(look: Look, account: Account, tmp_path: Path) -> None:
    """The message tells when it ended, in which file, and what to do."""
    over = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    folder = account.cli_folder(tmp_path / "h1", account.session(), expires=over)
    said = look(**NOTHING, HYPERONE_CONFIG_PATH=folder)
    assert f"the session in {folder}/conf.json expired at 2026-01-02 03:04 UTC: log in again with `h1 login`" in said


def test_a_broken_file_of_the_cli_is_said_not_skipped(look: Look, tmp_path: Path) -> None:
    """A file that is no JSON is an error when it is needed."""
    (tmp_path / "conf.json").write_text("{")
    assert f"{tmp_path}/conf.json is not valid JSON" in look(**NOTHING, HYPERONE_CONFIG_PATH=str(tmp_path))


def test_ssh_login_needs_a_key_that_the_account_knows(look: Look, account: Account, agent: Agent) -> None:
    """An agent without keys, then one with an unknown key, whose fingerprint is shown; a known one opens a session."""
    environment = {**NOTHING, "SSH_AUTH_SOCK": agent.socket}
    assert "ssh-agent holds no key: add yours with" in look(account.ssh(), **environment)
    key = agent.add()
    unknown = f"no key in ssh-agent belongs to the account {account.login['username']} (offered: SHA256:"
    assert unknown in look(account.ssh(), **environment)
    account.register(key)
    assert look(account.ssh(), ssh_keys=("k",), **environment) == "", "and what is the user's own is found with it"


def test_a_session_of_the_ssh_login_needs_a_project(look: Look, account: Account, agent: Agent) -> None:
    """It is a user's as much as one by password: without a project, or with another's, the message says so."""
    account.register(agent.add())
    environment = {**NOTHING, "SSH_AUTH_SOCK": agent.socket}
    assert "session tokens need one: `pulumi config set hyperone:project" in look(
        account.ssh(project=None), **environment
    )
    assert "may not do this in project elsewhere" in look(account.ssh(project="elsewhere"), **environment)


def test_no_token_names_every_way_to_give_one(look: Look) -> None:
    """Without any token the message lists the ways."""
    said = look(**NOTHING)
    assert [way for way in ("hyperone:token", "HYPERONE_TOKEN", "conf.json") if way not in said] == []


def test_a_token_wins_over_ssh_login(look: Look, account: Account) -> None:
    """With a token nothing is asked of the login host, so that a wrong one does not matter."""
    assert look(account.ssh(token_login_host="127.0.0.1:1")) == ""


def test_ssh_login_says_that_there_is_no_agent(look: Look, account: Account) -> None:
    """Without SSH_AUTH_SOCK the message says how to start an agent."""
    said = look(account.ssh(), **NOTHING, SSH_AUTH_SOCK="")
    assert "no ssh-agent is running (SSH_AUTH_SOCK is not set)" in said


def test_ssh_login_stops_at_a_wrong_host_key(look: Look, account: Account, agent: Agent) -> None:
    """Nothing is sent to a host that shows another key than the pinned one."""
    agent.add()
    said = look(account.ssh(token_login_host_key="0" * 40), **NOTHING, SSH_AUTH_SOCK=agent.socket)
    assert "it shows host key SHA256:" in said
    assert "not the pinned one, so nothing was sent" in said


def test_ssh_login_says_that_nobody_answers(look: Look, account: Account, agent: Agent) -> None:
    """A host that refuses: the message names host and port."""
    agent.add()
    said = look(account.ssh(token_login_host="127.0.0.1:1"), **NOTHING, SSH_AUTH_SOCK=agent.socket)
    assert "SSH login at 127.0.0.1:1 failed: connection refused" in said


def test_another_endpoint_needs_a_login_host_and_key_of_its_own(look: Look, account: Account) -> None:
    """Without them no login is tried: the message names both settings; a host that cannot be one is refused."""
    said = look(account.ssh(token_login_host=None, token_login_host_key=None), **NOTHING)
    assert "is not HyperOne's own endpoint" in said
    assert "hyperone:token_login_host_key" in said
    assert "'a b' must be a host or host:port" in look(account.ssh(token_login_host="a b"), **NOTHING)


def test_the_address_of_stack_config_wins_over_the_environment(look: Look, cloud: LocalCloud) -> None:
    """`hyperone:api_url` first, then HYPERONE_API_URL; the message of a dead one names it."""
    dead = "http://127.0.0.1:9/v1"
    assert look({"api_url": cloud.url}, HYPERONE_API_URL=dead) == ""
    said = look({"api_url": dead})
    assert f"cannot reach HyperOne at {dead}" in said
    assert "refused" in said


def test_ssh_login_ends_when_a_host_stays_silent(silent: Callable[[], str]) -> None:
    """A host that accepts the connection and says nothing: the login ends at its own deadline."""
    assert "SSH login at HOST failed: no answer within 30 s" in silent()
