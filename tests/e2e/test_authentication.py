"""Ways to authenticate that only the engine shows: its own messages, a login without a token, a token that ends.

All ways, their order and their messages: tests/cloud/api/test_ways_in.py.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.support.account import Account, running_agent
from tests.support.cloud import Cloud
from tests.support.stacks import Stack, image, wait_for

NOTHING = {"HYPERONE_TOKEN": ""}
"""No token in the environment."""


@pytest.fixture
def account(cloud: Cloud) -> Account:
    """The user of the local cloud."""
    return Account(cloud.local)


def test_the_clis_file_gives_token_and_project(stack, cloud, account, tmp_path):
    """Those of the file in HYPERONE_CONFIG_PATH are used together; a wrong token of the environment is not shown."""
    folder = account.cli_folder(tmp_path / "h1", account.session(), expires=datetime.now(UTC) + timedelta(hours=1))
    stack.configure({"web": image()})
    before = cloud.mutations()
    stack.preview(**NOTHING, HYPERONE_CONFIG_PATH=folder).ok()
    refused = stack.up(HYPERONE_TOKEN="wrong-token-1234", HYPERONE_CONFIG_PATH=folder)
    refused.failed("refused the token from the environment variable HYPERONE_TOKEN", "unset it")
    assert "wrong-token-1234" not in refused.text
    assert cloud.mutations() == before


def test_ssh_login_builds_with_the_key_in_the_agent(stack, cloud, account, tmp_path):
    """The whole way: a key of the account in a real agent, a build and a destroy without any stored token."""
    with running_agent(tmp_path) as agent:
        account.register(agent.add())
        stack.configure({"web": image(keep_image=False)}, hyperone=account.ssh())
        stack.environment |= {**NOTHING, "SSH_AUTH_SOCK": agent.socket}
        stack.up().ok()
        assert [one["createdBy"] for one in cloud.images()] == [account.login["username"]]
        stack.destroy().ok()
    cloud.assert_only_images()


def test_a_token_that_ends_in_the_middle_of_a_build(stack, cloud, account):
    """One clear error; a fresh token set with `pulumi config set` is used by the next plain `destroy`, and by `up`."""
    first, second, third = (account.service_token() for _ in range(3))
    stack.environment |= NOTHING
    waits = [{"type": "shell", "inline": ["sleep 4"]}]
    stack.configure({"web": image(provisioners=waits, keep_image=False)})
    set_token(stack, first["secret"])
    process = stack.start("up", "--yes", "--skip-preview")
    wait_for(lambda: provisioning(cloud), 60, "the provisioner")
    account.revoke(first)
    text, _ = process.communicate(timeout=120)
    assert process.returncode != 0, text
    assert first["secret"] not in text
    said = text.split("Diagnostics:")[1]
    assert said.count("refused the token from stack config hyperone:token") == 1, text
    assert "Set a fresh one with `pulumi config set --secret hyperone:token`" in said
    set_token(stack, second["secret"])
    stack.destroy().ok()
    cloud.assert_only_images()
    account.revoke(second)
    stack.configure({"web": image(keep_image=False)})
    set_token(stack, third["secret"])
    stack.up().ok()
    assert len(cloud.images()) == 1
    stack.destroy().ok()
    cloud.assert_only_images()


def set_token(stack: Stack, token: str) -> None:
    """`pulumi config set --secret hyperone:token`."""
    stack.run("config", "set", "--secret", "hyperone:token", token).ok()


def provisioning(cloud: Cloud) -> bool:
    """Whether the builder carries the tag that the provider sets before the first command."""
    return any("provisioning" in vm["tag"] for vm in cloud.inventory()["vms"])
