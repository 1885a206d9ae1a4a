"""Nothing secret is kept or shown in clear: not in state, backups and history, not in logs, not in the output."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from pulumi_hyperone.provider.ssh.keys import unpacked
from tests.support.cloud import Cloud
from tests.support.stacks import Stack, image, new_stack

USER_DATA = "#cloud-config\npassword: hush-user-data-91\n"
VARIABLE = "hush-variable-92"
COMMAND = "hush-command-93"
PASSWORD = "hush-password-94"
OPTIONS = "hyperone-image:images.web"
SHOWS_KEY = "cat .ssh/authorized_keys; echo '{{build `SSHPrivateKey`}}'; test -n \"$SECRET\"; echo shown"


@dataclass
class Told:
    """A stack that was built, changed, refreshed and destroyed: all that was printed, and what is secret."""

    stack: Stack
    output: str
    secrets: dict[str, str]

    def files(self) -> list[Path]:
        """State, history, backups, logs: all below the project's folder but what the user wrote."""
        found = [*self.stack.state_files(), *(self.stack.folder / "logs").rglob("*")]
        return [path for path in found if path.is_file()]


@pytest.fixture(scope="module")
def told(session_cloud, engine_path, tmp_path_factory) -> Told:
    """Two builds of an image with secrets in every place that takes some, a failing one, a refresh, a destroy."""
    session_cloud.reset()
    cloud = Cloud(session_cloud)
    stack = new_stack(tmp_path_factory.mktemp("secrets"), engine_path, cloud, "test")
    stack.environment.pop("HYPERONE_TOKEN")
    stack.configure({"web": settings("true")})
    hide(stack, "hyperone:token", cloud.local.token)
    hide(stack, f"{OPTIONS}.user_data", USER_DATA)
    hide(stack, f"{OPTIONS}.ssh_password", PASSWORD)
    hide(stack, f"{OPTIONS}.provisioners[0].environment_vars[0]", f"SECRET={VARIABLE}")
    hide(stack, f"{OPTIONS}.provisioners[0].inline[1]", f"test {COMMAND} = {COMMAND}")
    runs = [stack.up().ok()]
    key = private_key(stack)
    runs.append(stack.run("preview", "--diff").ok())
    stack.run("config", "set", "--path", f"{OPTIONS}.provisioners[0].inline[2]", "exit 4").ok()
    runs.append(stack.up().failed("exit code 4"))
    second = private_key(stack)
    runs += [stack.refresh().ok(), stack.destroy().ok()]
    secrets = {
        "token": cloud.local.token,
        "private key": pem_body(unpacked(key).private),
        "packed private key": key,
        "second private key": pem_body(unpacked(second).private),
        "user data": "hush-user-data-91",
        "encoded user data": base64.b64encode(USER_DATA.encode()).decode(),
        "variable": VARIABLE,
        "command": COMMAND,
        "password": PASSWORD,
    }
    return Told(stack, "\n".join(run.text for run in runs), secrets)


def settings(ending: str) -> dict:
    """An image whose secrets are still to be written: a variable and a command of its provisioner among them."""
    script = {"type": "shell", "environment_vars": ["later"], "inline": [SHOWS_KEY, "later", ending]}
    return image(provisioners=[script])


def hide(stack: Stack, path: str, value: str) -> None:
    """Set a value of stack config as people do with secrets, inside a structure too."""
    stack.run("config", "set", "--secret", "--path", path, value).ok()


def private_key(stack: Stack) -> str:
    """The temporary key of the build as the state holds it, decrypted for the owner of the passphrase."""
    exported = json.loads(stack.run("stack", "export", "--show-secrets").ok().text)
    build = next(one for one in exported["deployment"]["resources"] if one["urn"].endswith("::web-build"))
    return json.loads(build["outputs"]["private_key"]["plaintext"])


def pem_body(pem: str) -> str:
    """A line from the middle of a private key."""
    lines = [line for line in pem.splitlines() if not line.startswith("-")]
    return lines[len(lines) // 2]


NAMES = (
    "token",
    "private key",
    "packed private key",
    "second private key",
    "user data",
    "encoded user data",
    "variable",
    "command",
    "password",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_secret_is_in_no_file_of_the_state_nor_in_a_log(told, name):
    """State, history, checkpoints, .bak files and build logs: the secret is in none of them."""
    secret = told.secrets[name].encode()
    holders = [str(path) for path in told.files() if secret in path.read_bytes()]
    assert holders == []


@pytest.mark.parametrize("name", ["token", "private key", "second private key", "encoded user data", "password"])
def test_a_secret_is_not_printed(told, name):
    """What every command printed, previews with --diff and failures included, does not hold the secret."""
    assert told.secrets[name] not in told.output


def test_the_search_would_find_something(told):
    """The looked-at files are those that matter: the state names the image, the logs hold what was echoed."""
    kinds = {path.suffix for path in told.files()}
    assert {".json", ".bak", ".log"} <= kinds, kinds
    assert any(b"web-builder" in path.read_bytes() for path in told.files())
    logs = [path.read_text() for path in told.files() if path.suffix == ".log"]
    assert any("shown" in text for text in logs)


def test_the_token_is_encrypted_in_stack_config(told):
    """`pulumi config set --secret` leaves a cipher text in the stack's file."""
    text = (told.stack.folder / "stacks" / "Pulumi.test.yaml").read_text()
    assert told.secrets["token"] not in text
    assert re.search(r"hyperone:token:\s+secure: v1:", text)
