"""Ways to log in, several of them at once: keys, certificates, agents and passwords, at servers of both kinds."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from pulumi_hyperone.provider.foundation.errors import ConnectFailed, CredentialsError
from pulumi_hyperone.provider.ssh.agent import agent_keys
from pulumi_hyperone.provider.ssh.keys import KeyPair, generate
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine

pytestmark = pytest.mark.cloud
PASSWORD = "open sesame"


def works(machine: SshMachine) -> bool:
    """Whether a command runs."""
    return machine.run("echo works", timeout=10, capture=True).text == "works"


class StrictServer(asyncssh.SSHServer):
    """A server that hangs up on whoever asks twice for the authentication service; it takes one key or password."""

    port = 0

    def __init__(self, public: str = "", password: str = "", by: str = "password") -> None:
        self._public, self._password, self._by = public, password, by
        self.refused: list[str] = []
        self.good = False

    def public_key_auth_supported(self) -> bool:
        return bool(self._public)

    def validate_public_key(self, username: str, key: Any) -> bool:
        self.good = key.export_public_key().split()[1].decode() == self._public.split()[1]
        if not self.good:
            self.refused.append("key")
        return self.good

    def password_auth_supported(self) -> bool:
        return bool(self._password) and self._by == "password"

    def validate_password(self, username: str, password: str) -> bool:
        return password == self._password

    def kbdint_auth_supported(self) -> bool:
        return bool(self._password) and self._by == "keyboard-interactive"

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: list[str]) -> bool:
        return responses == [self._password]


@pytest.fixture
def strict() -> Iterator[Callable[..., StrictServer]]:
    """Start strict servers on loopback; commands run on this host."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listeners = []

    async def run(process: Any) -> None:
        child = await asyncio.create_subprocess_shell(process.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        out, err = await child.communicate()
        process.stdout.write(out)
        process.stderr.write(err)
        process.exit(child.returncode or 0)

    async def listen(rule: StrictServer) -> Any:
        return await asyncssh.listen(
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            server_factory=lambda: rule,
            process_factory=run,
            encoding=None,
        )

    def start(**rules: Any) -> StrictServer:
        rule = StrictServer(**rules)
        rule.user = "guru"  # type: ignore[attr-defined]  # as the other servers of the tests
        listener = asyncio.run_coroutine_threadsafe(listen(rule), loop).result(20)
        listeners.append(listener)
        rule.port = listener.sockets[0].getsockname()[1]
        return rule

    yield start
    for listener in listeners:
        loop.call_soon_threadsafe(listener.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()


@pytest.fixture
def agent(tmp_path: Path, monkeypatch) -> Iterator[Callable[[KeyPair], None]]:
    """A real ssh-agent, the one of this process while the test runs; the fixture adds keys to it."""
    sock = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", str(sock)], stdout=subprocess.DEVNULL)
    while not sock.exists():
        assert process.poll() is None
        time.sleep(0.02)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))

    def add(pair: KeyPair) -> None:
        path = tmp_path / "added"
        path.touch(mode=0o600)
        path.write_text(pair.private)
        subprocess.run(["ssh-add", "-q", str(path)], check=True)

    yield add
    process.terminate()
    process.wait()


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_private_key_file(make_sshd, connect, tmp_path: Path, kind: str) -> None:
    """The user's own key is offered after the build's; RSA signs with SHA-2, as servers of today want it."""
    pair = generate(kind)
    (tmp_path / "id").write_text(pair.private)
    server = make_sshd(allow=False)
    server.allow(pair)
    assert works(connect(server, ssh_private_key_file=str(tmp_path / "id")))


def test_key_after_a_refused_one_on_a_strict_server(strict, connect, tmp_path: Path) -> None:
    """The second key logs in on the first attempt, over the connection on which the first one was refused."""
    pair = generate()
    (tmp_path / "id").write_text(pair.private)
    server = strict(public=pair.public)
    lines: list[str] = []
    machine = connect(
        server, ssh_private_key_file=str(tmp_path / "id"), ssh_handshake_attempts=1, progress=lines.append
    )
    assert works(machine)
    assert server.refused == ["key"]
    assert len(lines) == 1, lines


def test_certificate(make_sshd, connect, tmp_path: Path) -> None:
    """A key signed by an authority that the server trusts logs in with its certificate."""
    for name in ("ca", "id"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / name)], check=True)
    server = make_sshd(f"TrustedUserCAKeys {tmp_path}/ca.pub", allow=False)
    sign = ["ssh-keygen", "-q", "-s", str(tmp_path / "ca"), "-I", "x", "-n", server.user, str(tmp_path / "id.pub")]
    subprocess.run(sign, check=True)
    options = {"ssh_private_key_file": str(tmp_path / "id"), "ssh_handshake_attempts": 1}
    with pytest.raises(ConnectFailed):
        connect(server, private_keys=[], **options)
    assert works(connect(server, private_keys=[], ssh_certificate_file=str(tmp_path / "id-cert.pub"), **options))


def test_agent(make_sshd, connect, agent) -> None:
    """Keys of the agent are offered with `ssh_agent_auth`, and forwarded only when that is asked for."""
    pair = generate()
    agent(pair)
    server = make_sshd(allow=False)
    server.allow(pair)
    machine = connect(server, private_keys=[], ssh_agent_auth=True)
    assert machine.run("echo ${SSH_AUTH_SOCK:-none}", timeout=10, capture=True).text == "none"
    machine = connect(server, private_keys=[], ssh_agent_auth=True, ssh_disable_agent_forwarding=False)
    assert pair.public.split()[1] in machine.run("ssh-add -L", timeout=10, capture=True).text


@pytest.mark.parametrize("kind", ["openssh", "strict"])
def test_agent_with_other_keys_too(make_sshd, strict, connect, agent, kind: str) -> None:
    """The third of the agent's keys logs in, after the build's own and two of the agent were refused."""
    pair = generate()
    for other in (generate(), generate(), pair):
        agent(other)
    if kind == "openssh":
        server = make_sshd(allow=False)
        server.allow(pair)
    else:
        server = strict(public=pair.public)
    assert works(connect(server, ssh_agent_auth=True, ssh_handshake_attempts=1))


def test_agent_with_a_comment_that_is_not_utf8(agent, tmp_path: Path) -> None:
    """Old keys may have comments in any encoding; one of them must not hide all."""
    agent(generate())
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", b"j\xfcrgen", "-f", tmp_path / "old"]
    subprocess.run(command, check=True)
    subprocess.run(["ssh-add", "-q", tmp_path / "old"], check=True)
    with agent_keys(os.environ["SSH_AUTH_SOCK"], 20) as keys:
        assert [key.get_name() for key in keys] == ["ssh-ed25519"] * 2


def test_an_agent_that_lists_nonsense_is_said(tmp_path: Path) -> None:
    """Its answer is refused in one line."""
    blob = b"\0\0\0\x0bssh-ed25519\0\0\0\1x"
    answer = b"\x0c\0\0\0\1" + len(blob).to_bytes(4) + blob + bytes(4)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "agent"))
        listening.listen()

        def serve() -> None:
            asking, _ = listening.accept()
            with asking:
                asking.recv(4096)
                asking.sendall(len(answer).to_bytes(4) + answer)

        thread = threading.Thread(target=serve)
        thread.start()
        with (
            pytest.raises(CredentialsError, match="lists a key that cannot be read"),
            agent_keys(str(tmp_path / "agent"), 20),
        ):
            pass
        thread.join()


def test_agent_with_more_keys_than_the_server_takes(make_sshd, connect, agent) -> None:
    """A server that hangs up after two refused keys is asked again with those that it has not seen."""
    pair = generate()
    for other in (generate(), generate(), generate(), pair):
        agent(other)
    server = make_sshd("MaxAuthTries 2", allow=False)
    server.allow(pair)
    assert works(connect(server, ssh_agent_auth=True, ssh_handshake_attempts=1))


def test_no_agent_is_said(make_sshd, connect, monkeypatch) -> None:
    """The reason of a refused login names the agent that is asked for and not there."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    with pytest.raises(ConnectFailed, match="no ssh-agent is running"):
        connect(make_sshd(allow=False), ssh_agent_auth=True, ssh_handshake_attempts=1)


def test_an_agent_that_hangs_is_said_and_passed_over(strict, connect, tmp_path: Path, monkeypatch) -> None:
    """An agent that never answers takes half of the time at most; a password is still tried, or the error names it."""
    with socket.socket(socket.AF_UNIX) as hanging:
        hanging.bind(str(tmp_path / "agent"))
        hanging.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "agent"))
        server = strict(password=PASSWORD)
        assert works(connect(server, ssh_agent_auth=True, ssh_password=PASSWORD, ssh_timeout="3s"))
        with pytest.raises(ConnectFailed, match=r"no agent key .the ssh-agent at .* does not answer"):
            connect(server, ssh_agent_auth=True, ssh_timeout="3s", ssh_handshake_attempts=1)


@pytest.fixture
def password_sshd(make_sshd, tmp_path: Path) -> Any:
    """An OpenSSH server that takes PASSWORD: it runs where a copy of /etc/shadow with that password is mounted."""
    command = ["openssl", "passwd", "-6", "-stdin"]
    hashed = subprocess.run(command, input=PASSWORD, text=True, check=True, capture_output=True).stdout.strip()
    server = make_sshd(allow=False, start=False)
    shadow = tmp_path / "shadow"
    shadow.touch(mode=0o600)
    shadow.write_text(f"{server.user}:{hashed}:19000:0:99999:7:::\n")
    server.prefix = ["unshare", "--mount", "sh", "-c", f'mount --bind {shadow} /etc/shadow && exec "$@"', "sh"]
    text = server.config.read_text().replace("PasswordAuthentication no", "PasswordAuthentication yes")
    server.config.write_text(text)
    server.start()
    return server


@pytest.mark.skipif(os.geteuid() != 0, reason="a private /etc/shadow needs root")
def test_password_logs_in(password_sshd, connect, agent) -> None:
    """OpenSSH takes the right password, also after refused keys; a wrong one is refused and never shown."""
    agent(generate())
    assert works(connect(password_sshd, private_keys=[], ssh_password=PASSWORD, ssh_handshake_attempts=1))
    assert works(connect(password_sshd, ssh_password=PASSWORD, ssh_agent_auth=True, ssh_handshake_attempts=1))
    with pytest.raises(ConnectFailed, match="password") as caught:
        connect(password_sshd, private_keys=[], ssh_password="wr0ng-one", ssh_handshake_attempts=1)
    assert "wr0ng-one" not in str(caught.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="a private /etc/shadow needs root")
def test_password_after_a_key(password_sshd, connect, key) -> None:
    """A server that wants both a key and a password gets both."""
    password_sshd.allow(key)
    text = password_sshd.config.read_text()
    password_sshd.stop()
    password_sshd.config.write_text(f"AuthenticationMethods publickey,password\n{text}")
    password_sshd.start()
    assert works(connect(password_sshd, ssh_password=PASSWORD, ssh_handshake_attempts=1))
    with pytest.raises(ConnectFailed, match="password"):
        connect(password_sshd, ssh_handshake_attempts=1)


@pytest.mark.parametrize("by", ["password", "keyboard-interactive"])
def test_password_on_a_strict_server(strict, connect, by: str) -> None:
    """A server that is not OpenSSH takes the password by either method, and refuses a wrong one."""
    server = strict(password=PASSWORD, by=by)
    assert works(connect(server, ssh_password=PASSWORD, ssh_handshake_attempts=1))
    with pytest.raises(ConnectFailed, match="the login of 'guru' was refused"):
        connect(server, ssh_password="wr0ng-one", ssh_handshake_attempts=1)
