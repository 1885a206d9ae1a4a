"""Login with a key of a real ssh-agent against a real SSH server."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pulumi_hyperone.provider.credentials.host_key import PinnedHostKey, fingerprint
from pulumi_hyperone.provider.credentials.login_server import HYPERONE_HOST_KEY, LoginServer
from pulumi_hyperone.provider.credentials.ssh_login import login
from pulumi_hyperone.provider.foundation.errors import CredentialsError

TOKEN = "5f0c0ffee0ddba11c0ffee00"
USER = "me@example.com"


@contextlib.contextmanager
def listening(answer: bytes = b"") -> Iterator[int]:
    """A TCP server that sends `answer` and then nothing more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    held.append(server.accept()[0])
                    held[-1].sendall(answer)

        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]
        for connection in held:
            connection.close()


def pinned(host: Any, algorithm: str = "ssh-ed25519") -> LoginServer:
    """The login server with its key pinned as a key line."""
    return LoginServer("127.0.0.1", host.port, PinnedHostKey.parse(host.key_line(algorithm)))


@pytest.mark.parametrize("kind", ["ed25519", "rsa", "ecdsa"])
def test_login_gives_the_token_with_every_kind_of_agent_key(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any], kind: str
) -> None:
    """A key in the agent that belongs to the account opens the subsystem, whose answer is the token."""
    behaviour.accounts = {USER: [agent.add_key(kind)]}
    host = start_login_host(behaviour)
    assert login(USER, pinned(host), agent_socket=agent.socket) == TOKEN
    assert behaviour.logins == [USER]


def test_login_goes_on_to_the_key_that_fits(agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any]) -> None:
    """Keys of other accounts in the agent do not stop the login."""
    for kind in ("ed25519", "rsa", "ecdsa", *["ed25519"] * 9):
        agent.add_key(kind)
    behaviour.accounts = {USER: [agent.add_key()]}
    assert login(USER, pinned(start_login_host(behaviour)), agent_socket=agent.socket) == TOKEN


def test_login_goes_on_when_the_server_hangs_up_after_refused_keys(agent: Any, openssh_server: Any) -> None:
    """OpenSSH ends a connection after MaxAuthTries keys; the others in the agent are offered on new connections."""
    server = LoginServer("127.0.0.1", openssh_server.port, PinnedHostKey.parse(openssh_server.key_line))
    assert login(openssh_server.user, server, agent_socket=agent.socket) == TOKEN


def test_login_uses_the_other_name_of_the_subsystem_and_of_the_field(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any]
) -> None:
    """`h1-auth` and `id` are the later names of `rbx-auth` and `_id` (API facts 5 #2)."""
    behaviour.accounts = {USER: [agent.add_key()]}
    behaviour.subsystems = ("h1-auth",)
    behaviour.reply = f'{{"id": "{TOKEN}", "expiry": "2030-01-01T00:00:00.000Z"}}'
    assert login(USER, pinned(start_login_host(behaviour)), agent_socket=agent.socket) == TOKEN


@pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"])
@pytest.mark.parametrize("form", ["line", "sha1", "sha256"])
def test_login_finds_the_pinned_key_among_several_host_keys(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any], algorithm: str, form: str
) -> None:
    """A server with several host keys is fine as long as one of them is the pinned one."""
    behaviour.accounts = {USER: [agent.add_key()]}
    behaviour.host_keys = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa")
    host = start_login_host(behaviour)
    blob = host.keys[algorithm].public_data
    texts = {
        "line": host.key_line(algorithm),
        "sha1": hashlib.sha1(blob).hexdigest(),
        "sha256": fingerprint(blob),
    }
    server = LoginServer("127.0.0.1", host.port, PinnedHostKey.parse(texts[form]))
    assert login(USER, server, agent_socket=agent.socket) == TOKEN


def test_login_without_an_agent_says_so() -> None:
    """Without SSH_AUTH_SOCK the message names it."""
    server = LoginServer("127.0.0.1", 1, HYPERONE_HOST_KEY)
    with pytest.raises(CredentialsError, match="no ssh-agent is running"):
        login(USER, server, agent_socket=None)


def test_login_with_a_dead_agent_says_so(tmp_path: Path) -> None:
    """A socket that nobody serves is named."""
    server = LoginServer("127.0.0.1", 1, HYPERONE_HOST_KEY)
    with pytest.raises(CredentialsError, match=r"ssh-agent at .*gone\.sock .*cannot be reached: no such file"):
        login(USER, server, agent_socket=str(tmp_path / "gone.sock"))


def test_login_with_a_hanging_agent_ends_at_its_deadline(tmp_path: Path) -> None:
    """An agent that accepts and never answers is given up."""
    path = str(tmp_path / "mute.sock")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as mute:
        mute.bind(path)
        mute.listen()
        with pytest.raises(CredentialsError, match="does not answer"):
            login(USER, LoginServer("127.0.0.1", 1, HYPERONE_HOST_KEY), agent_socket=path, seconds=0.5)


def test_login_with_an_empty_agent_says_so(agent: Any) -> None:
    """An agent without keys is its own message, before anything is connected."""
    with pytest.raises(CredentialsError, match="ssh-agent holds no key"):
        login(USER, LoginServer("127.0.0.1", 1, HYPERONE_HOST_KEY), agent_socket=agent.socket)


def test_login_with_an_unknown_key_names_account_and_keys(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any]
) -> None:
    """The message says which account and which keys were tried."""
    agent.add_key()
    with pytest.raises(
        CredentialsError, match=rf"no key in ssh-agent belongs to the account {USER} \(offered: SHA256:"
    ):
        login(USER, pinned(start_login_host(behaviour)), agent_socket=agent.socket)


def test_login_to_another_host_key_sends_nothing(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any]
) -> None:
    """With another host key than the pinned one no user authentication starts."""
    behaviour.accounts = {USER: [agent.add_key()]}
    host = start_login_host(behaviour)
    server = LoginServer("127.0.0.1", host.port, HYPERONE_HOST_KEY)
    with pytest.raises(CredentialsError, match="not the pinned one") as caught:
        login(USER, server, agent_socket=agent.socket)
    assert fingerprint(host.keys["ssh-ed25519"].public_data) in str(caught.value)
    assert behaviour.logins == []


def test_login_to_a_server_without_a_key_of_the_pinned_kind_says_so(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any]
) -> None:
    """A pinned ECDSA key cannot be shown by a server that has Ed25519 only."""
    agent.add_key()
    behaviour.host_keys = ("ecdsa-sha2-nistp256",)
    other = start_login_host(behaviour)
    behaviour.host_keys = ("ssh-ed25519",)
    host = start_login_host(behaviour)
    server = LoginServer("127.0.0.1", host.port, PinnedHostKey.parse(other.key_line("ecdsa-sha2-nistp256")))
    with pytest.raises(CredentialsError, match="no host key of the pinned kind"):
        login(USER, server, agent_socket=agent.socket)


def test_login_to_a_closed_port_says_refused(agent: Any) -> None:
    """Nobody listening is said plainly."""
    agent.add_key()
    with pytest.raises(CredentialsError, match=r"SSH login at 127\.0\.0\.1:1 failed: connection refused"):
        login(USER, LoginServer("127.0.0.1", 1, HYPERONE_HOST_KEY), agent_socket=agent.socket)


@pytest.mark.parametrize("host", ["api..hyperone.com", f"{'a' * 64}.com"])
def test_login_to_a_name_that_no_host_has_says_so(agent: Any, host: str) -> None:
    """A name with an empty or too long part is not even looked up."""
    agent.add_key()
    with pytest.raises(CredentialsError, match="failed: its name cannot be resolved"):
        login(USER, LoginServer(host, 22, HYPERONE_HOST_KEY), agent_socket=agent.socket)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-mute\r\n"])
def test_login_to_a_mute_server_ends_at_its_deadline(agent: Any, answer: bytes) -> None:
    """A server that accepts and says nothing, or only its banner, is given up in time."""
    agent.add_key()
    with listening(answer) as port, pytest.raises(CredentialsError, match="no answer within 1 s"):
        login(USER, LoginServer("127.0.0.1", port, HYPERONE_HOST_KEY), agent_socket=agent.socket, seconds=1)


def test_login_whose_subsystem_stays_mute_ends_at_its_deadline(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any]
) -> None:
    """A subsystem that is opened but never answers is given up in time."""
    behaviour.accounts = {USER: [agent.add_key()]}
    behaviour.silent = True
    with pytest.raises(CredentialsError, match="no answer within 1 s"):
        login(USER, pinned(start_login_host(behaviour)), agent_socket=agent.socket, seconds=1)


def test_login_without_the_subsystem_says_so(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any]
) -> None:
    """An SSH server that is no login server is told apart."""
    behaviour.accounts = {USER: [agent.add_key()]}
    behaviour.subsystems = ()
    with pytest.raises(CredentialsError, match="knows none of the login subsystems rbx-auth, h1-auth"):
        login(USER, pinned(start_login_host(behaviour)), agent_socket=agent.socket)


@pytest.mark.parametrize("reply", ["", "welcome", "[]", '{"expiry": 1}', '{"_id": 5}'])
def test_login_with_an_answer_without_a_token_says_so(
    agent: Any, behaviour: Any, start_login_host: Callable[[Any], Any], reply: str
) -> None:
    """An answer that is not what was agreed is an error, not a token."""
    behaviour.accounts = {USER: [agent.add_key()]}
    behaviour.reply = reply
    with pytest.raises(CredentialsError, match="its answer holds no token"):
        login(USER, pinned(start_login_host(behaviour)), agent_socket=agent.socket)
