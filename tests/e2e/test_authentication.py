"""Every way to authenticate, through the engine against the local cloud: order, messages, a token that ends."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from pulumi_hyperone.provider.ssh.keys import generate
from tests.support.cloud import Cloud
from tests.support.stacks import Run, Stack, image, new_stack, wait_for

LOGIN = "user@hyperone.local"
NOTHING = {"HYPERONE_TOKEN": ""}
"""No token in the environment."""


@dataclass
class Account:
    """The local cloud's user: how to log in, and the login service."""

    cloud: Cloud
    login: dict[str, Any]

    @property
    def url(self) -> str:
        """The API's address."""
        return self.cloud.local.url

    def session(self) -> str:
        """The token of a new session, by password."""
        reply = requests.post(f"{self.url}/user/{LOGIN}/session", json={"password": self.login["password"]}, timeout=30)
        assert reply.ok, reply.text
        return str(reply.json()["id"])

    def as_user(self, method: str, path: str, body: Any = None) -> Any:
        """A call of the user's own, with a session."""
        headers = {"x-auth-token": self.session(), "x-project": self.cloud.local.project}
        reply = requests.request(method, self.url + path, json=body, headers=headers, timeout=30)
        assert reply.ok, reply.text
        return reply.json() if reply.content else None

    def service_token(self) -> dict[str, Any]:
        """A new service token: `id` and `secret`."""
        return self.as_user("POST", f"/project/{self.cloud.local.project}/credential/authtoken", {"name": "robot"})

    def revoke(self, token: dict[str, Any]) -> None:
        """Make a service token invalid."""
        self.as_user("DELETE", f"/project/{self.cloud.local.project}/credential/authtoken/{token['id']}")

    def ssh(self, **changes: Any) -> dict[str, Any]:
        """Account settings for the SSH login, with `changes` over them; None leaves one out."""
        settings = {
            "token_login": LOGIN,
            "token_login_host": f"{self.login['host']}:{self.login['port']}",
            "token_login_host_key": self.login["host_key_sha1"],
            "project": "local",
        }
        return {name: value for name, value in {**settings, **changes}.items() if value is not None}


@pytest.fixture(scope="module")
def account(session_cloud) -> Account:
    """The user of the local cloud."""
    session_cloud.reset()
    return Account(Cloud(session_cloud), session_cloud.info["login"])


@pytest.fixture(scope="module")
def shared(account, engine_path, tmp_path_factory) -> Stack:
    """One stack for all tests that only look (previews): it stays empty."""
    return new_stack(tmp_path_factory.mktemp("auth"), engine_path, account.cloud, "test")


@pytest.fixture(scope="module", autouse=True)
def silent(account, engine_path, tmp_path_factory) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A preview that asks a silent login host, from the start of the module: the login's deadline is 30 s."""
    agent = tmp_path_factory.mktemp("agent")
    with socket.create_server(("127.0.0.1", 0)) as listener, running_agent(agent) as holder:
        host = f"127.0.0.1:{listener.getsockname()[1]}"
        holder.add()
        stack = new_stack(tmp_path_factory.mktemp("silent"), engine_path, account.cloud, "test")
        stack.configure({"web": image()}, hyperone=account.ssh(token_login_host=host))
        stack.environment |= {**NOTHING, "SSH_AUTH_SOCK": holder.socket}
        process = stack.start("preview")
        yield host, process
        process.kill()
        process.communicate()


@pytest.fixture
def look(shared) -> Any:
    """Preview one image with account settings and environment variables; the stack stays empty."""

    def preview(hyperone: dict[str, Any] | None = None, **environment: str) -> Run:
        shared.configure({"web": image()}, hyperone=hyperone or {})
        return shared.run("preview", **environment)

    return preview


@dataclass
class Agent:
    """A running ssh-agent and the public keys in it."""

    socket: str
    folder: Path

    def add(self) -> str:
        """Make a key, add it; returns its public line."""
        pair = generate()
        path = self.folder / "id"
        path.write_text(pair.private)
        path.chmod(0o600)
        subprocess.run(["ssh-add", "-q", path], check=True, env={**os.environ, "SSH_AUTH_SOCK": self.socket})
        return pair.public


@contextlib.contextmanager
def running_agent(folder: Path) -> Iterator[Agent]:
    """A real ssh-agent, without keys; ended by its process id."""
    path = str(folder / "agent")
    process = subprocess.Popen(["ssh-agent", "-D", "-a", path], stdout=subprocess.DEVNULL)
    try:
        wait_for(lambda: os.path.exists(path), 10, "the agent's socket")
        yield Agent(path, folder)
    finally:
        process.terminate()
        process.wait()


@pytest.fixture
def agent(tmp_path) -> Iterator[Agent]:
    """An agent of the test's own."""
    with running_agent(tmp_path) as agent:
        yield agent


def conf_json(folder: Path, token: str, *, expires: datetime, project: str | None = None) -> str:
    """Write the h1 CLI's file as the CLI does; returns its folder for HYPERONE_CONFIG_PATH."""
    profile: dict[str, Any] = {"apiKey": token, "expires": expires.isoformat(), "user": LOGIN}
    if project:
        profile["project"] = {"id": project, "name": "local"}
    folder.mkdir(exist_ok=True)
    (folder / "conf.json").write_text(json.dumps({"profile": profile}, indent=2))
    return str(folder)


def in_an_hour() -> datetime:
    """A time that is still to come."""
    return datetime.now(UTC) + timedelta(hours=1)


def test_a_service_token_in_stack_config_needs_no_project(look, account):
    """The token of stack config wins over one in the environment that the cloud would refuse."""
    look({"token": account.cloud.local.token}, HYPERONE_TOKEN="refused").ok()


def test_a_refused_token_is_never_replaced_by_that_of_another_account(look, account, tmp_path):
    """Wrong token in stack config, good ones in environment and CLI file: one line says which was refused; no build."""
    good = account.cloud.local.token
    folder = conf_json(tmp_path / "h1", account.session(), expires=in_an_hour(), project=account.cloud.local.project)
    done = look({"token": "wrong"}, HYPERONE_TOKEN=good, HYPERONE_CONFIG_PATH=folder)
    done.failed("refused the token from stack config hyperone:token", "`pulumi config rm hyperone:token`")
    done = look({}, HYPERONE_TOKEN="wrong", HYPERONE_CONFIG_PATH=folder)
    done.failed("refused the token from the environment variable HYPERONE_TOKEN", "unset it")
    assert account.cloud.inventory()["vms"] == []


def test_a_session_token_needs_a_project_and_says_so(look, account):
    """A user's token in HYPERONE_TOKEN: without a project one clear message, with one (by name or id) it works."""
    session = account.session()
    look(HYPERONE_TOKEN=session).failed(
        "no project is set, and session tokens need one: `pulumi config set hyperone:project NAME-OR-ID`"
    )
    look({"project": "local"}, HYPERONE_TOKEN=session).ok()
    look(HYPERONE_TOKEN=session, HYPERONE_PROJECT=account.cloud.local.project).ok()


def test_a_project_that_is_not_the_users_is_named(look, account):
    """A wrong project: the message names it and where the token came from."""
    look({"project": "elsewhere"}, HYPERONE_TOKEN=account.session()).failed("elsewhere", "HYPERONE_TOKEN")


def test_the_environment_wins_over_the_clis_file(look, account, tmp_path):
    """With HYPERONE_TOKEN set, the refused token of the file is never sent."""
    folder = conf_json(tmp_path / "h1", "refused", expires=in_an_hour(), project=account.cloud.local.project)
    look(HYPERONE_CONFIG_PATH=folder).ok()


def test_the_clis_file_gives_token_and_project(look, account, tmp_path):
    """HYPERONE_CONFIG_PATH names the folder; session and project of the file are used together."""
    folder = conf_json(tmp_path / "h1", account.session(), expires=in_an_hour(), project=account.cloud.local.project)
    look(**NOTHING, HYPERONE_CONFIG_PATH=folder).ok()


def test_an_expired_session_of_the_cli_is_said_plainly(look, account, tmp_path):
    """The message tells when it ended, in which file, and what to do."""
    folder = conf_json(tmp_path / "h1", account.session(), expires=datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    done = look(**NOTHING, HYPERONE_CONFIG_PATH=folder)
    done.failed(f"the session in {folder}/conf.json expired at 2026-01-02 03:04 UTC: log in again with `h1 login`")


def test_a_broken_file_of_the_cli_is_said_not_skipped(look, tmp_path):
    """A file that is no JSON is an error when it is needed."""
    (tmp_path / "conf.json").write_text("{")
    look(**NOTHING, HYPERONE_CONFIG_PATH=str(tmp_path)).failed(f"{tmp_path}/conf.json is not valid JSON")


def test_ssh_login_builds_with_the_key_in_the_agent(account, agent, engine_path, tmp_path):
    """The whole way: a key of the account in a real agent, a build and a destroy without any stored token."""
    account.as_user("POST", "/user/me/credential/certificate", {"name": "k", "type": "ssh", "value": agent.add()})
    stack = new_stack(tmp_path / "stack", engine_path, account.cloud, "test")
    stack.configure({"web": image(keep_image=False)}, hyperone=account.ssh())
    stack.environment |= {**NOTHING, "SSH_AUTH_SOCK": agent.socket}
    before = len(account.cloud.mutations())
    stack.up().ok()
    made = [call for call in account.cloud.mutations()[before:] if call["operation"] == "image.create"]
    assert len(made) == 1
    assert account.cloud.images()[0]["createdBy"] == LOGIN
    stack.destroy().ok()
    account.cloud.assert_only_images()


def test_a_token_wins_over_ssh_login(look, account):
    """With a token nothing is asked of the login host, so that a wrong one does not matter."""
    look(account.ssh(token_login_host="127.0.0.1:1")).ok()


def test_ssh_login_says_that_there_is_no_agent(look, account):
    """Without SSH_AUTH_SOCK the message says how to start an agent."""
    look(account.ssh(), **NOTHING, SSH_AUTH_SOCK="").failed("no ssh-agent is running (SSH_AUTH_SOCK is not set)")


def test_ssh_login_says_that_the_agent_is_empty_or_its_key_unknown(look, account, agent):
    """An agent without keys, then one with a key that the account does not know: its fingerprint is shown."""
    look(account.ssh(), **NOTHING, SSH_AUTH_SOCK=agent.socket).failed("ssh-agent holds no key: add yours with")
    agent.add()
    done = look(account.ssh(), **NOTHING, SSH_AUTH_SOCK=agent.socket)
    done.failed(f"no key in ssh-agent belongs to the account {LOGIN} (offered: SHA256:")


def test_ssh_login_stops_at_a_wrong_host_key(look, account, agent):
    """Nothing is sent to a host that shows another key than the pinned one."""
    agent.add()
    done = look(account.ssh(token_login_host_key="0" * 40), **NOTHING, SSH_AUTH_SOCK=agent.socket)
    done.failed("it shows host key SHA256:", "not the pinned one, so nothing was sent")


def test_ssh_login_says_that_nobody_answers(look, account, agent):
    """A host that refuses: the message names host and port."""
    agent.add()
    done = look(account.ssh(token_login_host="127.0.0.1:1"), **NOTHING, SSH_AUTH_SOCK=agent.socket)
    done.failed("SSH login at 127.0.0.1:1 failed: connection refused")


def test_another_endpoint_needs_a_login_host_and_key_of_its_own(look, account):
    """Without them no login is tried: the message names both settings; one alone is refused as a setting."""
    bare = account.ssh(token_login_host=None, token_login_host_key=None)
    look(bare, **NOTHING).failed("is not HyperOne's own endpoint", "hyperone:token_login_host_key")
    half = account.ssh(token_login_host_key=None)
    look(half, **NOTHING).failed("hyperone:token_login_host: needs hyperone:token_login_host_key too")
    look(account.ssh(token_login_host="a b"), **NOTHING).failed("'a b' must be a host or host:port")


def test_the_address_of_stack_config_wins_over_the_environment(look, account):
    """`hyperone:api_url` first, then HYPERONE_API_URL; the message of a dead one names it."""
    look({"api_url": account.url}, HYPERONE_API_URL="http://127.0.0.1:9/v1").ok()
    look({"api_url": "http://127.0.0.1:9/v1"}).failed("cannot reach HyperOne at http://127.0.0.1:9/v1")


def test_a_token_that_ends_in_the_middle_of_a_build(account, engine_path, tmp_path):
    """One clear error; a fresh token set with `pulumi config set` is used by the next plain `destroy`, and by `up`."""
    first, second, third = (account.service_token() for _ in range(3))
    stack = new_stack(tmp_path / "stack", engine_path, account.cloud, "test")
    stack.environment |= NOTHING
    waits = [{"type": "shell", "inline": ["sleep 4"]}]
    stack.configure({"web": image(provisioners=waits, keep_image=False)})
    set_token(stack, first["secret"])
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for(lambda: provisioning(account.cloud), 60, "the provisioner")
    account.revoke(first)
    text, _ = process.communicate(timeout=120)
    assert process.returncode != 0, text
    assert first["secret"] not in text
    said = text.split("Diagnostics:")[1]
    assert said.count("refused the token from stack config hyperone:token") == 1, text
    assert "Set a fresh one with `pulumi config set --secret hyperone:token`" in said
    set_token(stack, second["secret"])
    stack.destroy().ok()
    account.cloud.assert_only_images()
    account.revoke(second)
    stack.configure({"web": image(keep_image=False)})
    set_token(stack, third["secret"])
    stack.up().ok()
    assert len(account.cloud.images()) == 1
    stack.destroy().ok()
    account.cloud.assert_only_images()


def test_ssh_login_ends_when_a_host_stays_silent(silent):
    """A host that accepts the connection and says nothing: the login ends at its own deadline."""
    host, process = silent
    text, _ = process.communicate(timeout=120)
    Run(process.returncode, text).failed(f"SSH login at {host} failed: no answer within 30 s")


def set_token(stack: Stack, token: str) -> None:
    """`pulumi config set --secret hyperone:token`."""
    stack.run("config", "set", "--secret", "hyperone:token", token).ok()


def provisioning(cloud: Cloud) -> bool:
    """Whether the builder carries the tag that the provider sets before the first command."""
    return any("provisioning" in vm["tag"] for vm in cloud.inventory()["vms"])
