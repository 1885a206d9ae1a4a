"""Getting to a machine: waiting, logging in, pinning, bastions, proxies, reboots."""

from __future__ import annotations

import gc
import os
import socket
import socketserver
import threading
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import paramiko
import pytest

from pulumi_hyperone.provider.foundation.errors import (
    ConnectFailed,
    ConnectionLost,
    HostKeyChanged,
    Interrupted,
    SettingsError,
)
from pulumi_hyperone.provider.ssh import dial
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.dial import DirectDialer
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from tests.support.relay import relayed

pytestmark = pytest.mark.cloud


def works(machine: SshMachine) -> bool:
    """Whether a command runs."""
    return machine.run("echo works", timeout=10, capture=True).text == "works"


def test_readiness_is_asked_for_four_times_a_second(make_sshd, connect) -> None:
    """While nothing listens attempts are a quarter of a second apart, and one finds the machine once it is there."""
    server = make_sshd(start=False)
    reasons: list[str] = []
    attempts: list[float] = []

    def start(dialer: DirectDialer, now: float, longer: float) -> None:
        attempts.append(now)
        if len(attempts) == 4:
            server.start()
        begin(dialer, now, longer)

    begin = DirectDialer._start
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DirectDialer, "_start", start)
        assert works(connect(server, progress=reasons.append))
    assert all(later - one >= dial.POLL for one, later in pairwise(attempts))
    assert any("connection refused" in reason for reason in reasons)


def test_silent_port_does_not_hold_the_wait(make_sshd, connect) -> None:
    """A forwarding host that accepts but stays silent is asked again; the machine is found soon after it answers."""
    server = make_sshd(start=False)
    silent = socket.create_server(("127.0.0.1", server.port))
    held: list[socket.socket] = []

    def accept() -> None:
        try:
            while True:
                held.append(silent.accept()[0])
        except OSError:
            pass

    threading.Thread(target=accept, daemon=True).start()

    def later() -> None:
        time.sleep(1.2)
        silent.shutdown(socket.SHUT_RDWR)
        silent.close()
        for sock in held:
            sock.close()
        server.start()

    threading.Thread(target=later).start()
    assert works(connect(server))
    assert 2 <= len(held) <= 8


def test_time_out_names_the_last_reason(make_sshd, connect) -> None:
    """When time is up, the error says what was tried and why it failed last."""
    server = make_sshd(start=False)
    with pytest.raises(ConnectFailed, match=r"within 1 s; last reason: connection refused"):
        connect(server, ssh_timeout="1s")
    with socket.create_server(("127.0.0.1", server.port)), pytest.raises(ConnectFailed, match="banner"):
        connect(server, ssh_timeout="2s")


def test_refused_login_ends_after_the_attempts(make_sshd, connect) -> None:
    """A key that the machine does not know is refused; after `ssh_handshake_attempts` it is given up."""
    server = make_sshd(allow=False)
    with pytest.raises(ConnectFailed, match=r"after 2 attempts; last reason: the login of .* was refused") as caught:
        connect(server, ssh_handshake_attempts=2)
    assert "ssh-ed25519 key" in str(caught.value)
    with pytest.raises(ConnectFailed, match="within 1 s"):
        connect(server, ssh_handshake_attempts=0, ssh_timeout="1s")


def test_login_that_comes_late_is_waited_for(make_sshd, connect, key) -> None:
    """A key that cloud-init installs after sshd started is found by the next attempts."""
    server = make_sshd(allow=False)
    threading.Timer(1.0, server.allow, [key]).start()
    assert works(connect(server))


def test_ready_means_that_a_command_ran(make_sshd, connect) -> None:
    """A login that runs no commands is not ready."""
    with pytest.raises(ConnectFailed, match=r"no command runs yet.*not today"):
        connect(make_sshd('ForceCommand echo "not today"; exit 1'), ssh_timeout="1s")


def test_interruption_ends_the_wait(make_sshd, connect, interruption) -> None:
    """The switch ends the wait for a machine at once."""
    threading.Timer(0.5, interruption.set, ["stop"]).start()
    with pytest.raises(Interrupted):
        connect(make_sshd(start=False))


def test_host_key_is_pinned(sshd, connect) -> None:
    """The first host key is pinned, for reconnects by itself and for later sessions by the caller; a change fails."""
    machine = connect(sshd)
    assert machine.host_key.startswith("ssh-ed25519 AAAA")
    assert works(connect(sshd, host_key=machine.host_key))
    sshd.stop()
    sshd.new_host_key()
    sshd.start()
    with pytest.raises(HostKeyChanged, match=r"host key changed: .*SHA256:.*SHA256:"):
        machine.reconnect()
    with pytest.raises(HostKeyChanged):
        connect(sshd, host_key=machine.host_key)


def test_pinned_kind_is_asked_for_again(make_sshd, connect, tmp_path: Path) -> None:
    """A server with several host keys shows the pinned one again, even when we like another kind better."""
    (tmp_path / "rsa").write_text(generate("rsa", 2048).private)
    (tmp_path / "rsa").chmod(0o600)
    server = make_sshd(f"HostKey {tmp_path}/rsa\nHostKeyAlgorithms rsa-sha2-512", start=True)
    pin = connect(server).host_key
    assert pin.startswith("ssh-rsa ")
    server.config.write_text(server.config.read_text().replace("HostKeyAlgorithms rsa-sha2-512", ""))
    server.stop()
    server.start()
    assert works(connect(server, host_key=pin))


def test_reconnect_after_a_reboot(sshd, connect) -> None:
    """After the machine went away and came back, reconnect gives a session that works."""
    machine = connect(sshd)
    sshd.stop()
    threading.Timer(1.0, sshd.start).start()
    machine.reconnect()
    assert works(machine)


def test_the_reason_that_was_seen_stays_when_time_is_up_in_a_later_attempt(make_sshd, connect, tmp_path: Path) -> None:
    """A machine that goes down and then hangs is reported as going down: that is nearer to the cause."""
    tried = tmp_path / "tried"
    hangs = f'echo >> {tried}; [ "$(wc -l < {tried})" -lt 3 ] || sleep 60; exit 75'
    with pytest.raises(ConnectFailed, match="last reason: the machine is going down"):
        connect(make_sshd(f"ForceCommand {hangs}"), ssh_timeout="6s")


def test_bastion(make_sshd, connect, key, tmp_path: Path) -> None:
    """The machine is reached through the bastion alone, with the bastion's own user and key."""
    pair = generate()
    (tmp_path / "bastion").write_text(pair.private)
    bastion, target = make_sshd(allow=False), make_sshd()
    bastion.allow(pair)
    machine = connect(
        target,
        ssh_bastion_host="127.0.0.1",
        ssh_bastion_port=bastion.port,
        ssh_bastion_private_key_file=str(tmp_path / "bastion"),
    )
    assert works(machine)
    assert "direct-tcpip" in bastion.log.read_text() or "127.0.0.1" in bastion.log.read_text()
    machine.upload(b"x" * 3_000_000, str(tmp_path / "through"))
    assert (tmp_path / "through").stat().st_size == 3_000_000
    bastion.cut()
    machine.reconnect()
    assert works(machine)
    with pytest.raises(ConnectFailed, match=r"bastion 127.0.0.1: the login"):
        connect(target, ssh_bastion_host="127.0.0.1", ssh_bastion_port=bastion.port, ssh_handshake_attempts=1)


@pytest.mark.parametrize(("kind", "user"), [("socks5", ""), ("socks5", "joe"), ("http", ""), ("http", "joe")])
def test_proxy(make_proxy, sshd, connect, kind: str, user: str) -> None:
    """The machine is reached through the proxy, with a password where it wants one."""
    proxy = make_proxy(kind, user, "pw" if user else "")
    options = {"ssh_proxy_host": "127.0.0.1", "ssh_proxy_port": proxy.port, "ssh_proxy_type": kind}
    login = {"ssh_proxy_username": user, "ssh_proxy_password": "pw"} if user else {}
    machine = connect(sshd, **options, **login)
    assert works(machine)
    assert proxy.asked == [("127.0.0.1", sshd.port)]
    if user:
        with pytest.raises(ConnectFailed, match=r"proxy 127.0.0.1"):
            connect(sshd, **options, ssh_proxy_username=user, ssh_proxy_password="no", ssh_timeout="1s")


@pytest.mark.parametrize("kind", ["socks5", "http"])
def test_banner_that_comes_with_the_proxys_answer(make_proxy, sshd, connect, kind: str) -> None:
    """A proxy that sends its answer and the machine's banner in one packet loses nothing of either."""
    proxy = make_proxy(kind)
    proxy.with_banner = True
    options = {"ssh_proxy_host": "127.0.0.1", "ssh_proxy_port": proxy.port, "ssh_proxy_type": kind}
    assert works(connect(sshd, ssh_timeout="10s", **options))
    assert len(proxy.asked) == 1


def test_refusal_of_an_http_proxy_is_the_reason(make_proxy, connect) -> None:
    """What the proxy answers is in the error."""
    with socketserver.TCPServer(("127.0.0.1", 0), Forbidding) as proxy:
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        options = {"ssh_proxy_host": "127.0.0.1", "ssh_proxy_port": proxy.server_address[1], "ssh_proxy_type": "http"}
        target = SimpleNamespace(port=22, user="guru")
        with pytest.raises(ConnectFailed, match="it refused the connection: 403 Forbidden"):
            connect(target, ssh_timeout="1s", **options)
        proxy.shutdown()


class Forbidding(socketserver.StreamRequestHandler):
    """An HTTP proxy that lets nobody through."""

    def handle(self) -> None:
        """Answer 403."""
        while self.rfile.readline().strip():
            pass
        self.request.sendall(b"HTTP/1.1 403 Forbidden\r\n\r\n")


@pytest.mark.parametrize(
    ("answers", "seconds", "reason"), [(0, 2, "handshake"), (2, 2, "handshake"), (5, 5, "the SSH connection was lost")]
)
def test_ssh_timeout_bounds_a_machine_that_goes_silent(
    make_sshd, connect, answers: int, seconds: int, reason: str
) -> None:
    """Silent after its banner, the key exchange or the login: no step is waited for beyond `ssh_timeout`."""
    server = make_sshd()
    with relayed(server.port, answers) as relay:
        target = SimpleNamespace(port=relay.port, user=server.user)
        with pytest.raises(ConnectFailed, match=f"within {seconds} s; last reason: .*{reason}"):
            connect(target, ssh_timeout=f"{seconds}s")
    assert 0 < relay.given_up == relay.held


@pytest.mark.parametrize("whole", range(4))
def test_a_machine_that_talks_nonsense_is_not_reached(sshd, connect, whole: int) -> None:
    """Names that are not UTF-8, packets that cannot be decrypted: whatever the library says to that is the reason."""
    with relayed(sshd.port, 10**6) as relay:
        relay.whole = whole
        with pytest.raises(ConnectFailed, match=r"last reason: .*SSH handshake"):
            connect(SimpleNamespace(port=relay.port, user=sshd.user), ssh_timeout="3s")


@pytest.mark.parametrize("method", ["scp", "sftp"])
def test_a_line_that_spoils_what_it_carries_is_a_lost_connection(sshd, connect, tmp_path: Path, method: str) -> None:
    """So that a script is tried again over another one, as after any loss."""
    with relayed(sshd.port, 10**6) as relay:
        target = SimpleNamespace(port=relay.port, user=sshd.user)
        with connect(target, ssh_file_transfer_method=method) as machine:
            relay.whole = 0
            with pytest.raises(ConnectionLost):
                machine.upload(b"x", f"{tmp_path}/x")
            relay.whole = 10**6
            machine.reconnect()
            assert works(machine)


def test_every_address_of_a_name_is_tried(sshd, connect, monkeypatch) -> None:
    """A name that stands for ::1 first, where nothing listens, is reached at its other address."""
    addresses = [
        (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", sshd.port, 0, 0)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", sshd.port)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    assert works(connect(sshd, ssh_host="localhost", ssh_timeout="5s"))


def test_a_dialler_leaves_nothing_open(make_sshd, interruption) -> None:
    """Waits for machines make thousands of attempts, and files that only a collection of garbage closes run out."""
    address = ("127.0.0.1", make_sshd(start=False).port)
    gc.disable()
    try:
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(5):
            with pytest.raises(dial.Unreachable):
                DirectDialer(*address, interruption, lambda _: None).dial(time.monotonic() + 0.01)
        assert len(os.listdir("/proc/self/fd")) == before
    finally:
        gc.enable()


def test_no_session_with_a_bastion_is_left_when_the_machine_does_not_answer(make_sshd, connect, key, tmp_path) -> None:
    """Its probes would keep it open as long as the provider runs."""
    (tmp_path / "key").write_text(key.private)
    bastion, machine = make_sshd(), make_sshd(start=False)
    way = {"ssh_bastion_host": "127.0.0.1", "ssh_bastion_port": bastion.port, "ssh_bastion_username": bastion.user}
    before = {thread.ident for thread in threading.enumerate()}
    with pytest.raises(ConnectFailed, match="the bastion cannot reach"):
        connect(machine, ssh_timeout="1s", **way, ssh_bastion_private_key_file=str(tmp_path / "key"))
    left = [one for one in threading.enumerate() if one.ident not in before and isinstance(one, paramiko.Transport)]
    for transport in left:
        transport.join(5)
    assert not any(transport.is_active() for transport in left)


def test_ssh_host_wins(sshd, connect) -> None:
    """`ssh_host` is used in place of the address that the cloud gave."""
    assert connect(sshd, ssh_host="localhost").host == "localhost"


def test_pause_before_connecting(sshd, connect, interruption, monkeypatch) -> None:
    """`pause_before_connecting` passes before the first attempt."""
    happened: list[object] = []
    monkeypatch.setattr(interruption, "sleep", happened.append)
    connect(sshd, pause_before_connecting="500ms", progress=happened.append)
    paused = happened.index(0.5)
    assert not any("waiting for SSH" in str(one) for one in happened[:paused])
    assert "waiting for SSH" in str(happened[paused + 1])


@pytest.mark.parametrize(
    ("option", "value", "config"),
    [
        ("ssh_ciphers", ["aes256-ctr"], "Ciphers aes256-ctr"),
        ("ssh_key_exchange_algorithms", ["ecdh-sha2-nistp384"], "KexAlgorithms ecdh-sha2-nistp384"),
    ],
)
def test_algorithms(make_sshd, connect, option: str, value: list[str], config: str, tmp_path: Path) -> None:
    """Ciphers and key exchanges of one's choice are used, for bulk data too."""
    machine = connect(make_sshd(config), **{option: value})
    machine.upload(b"y" * 5_000_000, str(tmp_path / "data"))
    assert (tmp_path / "data").read_bytes() == b"y" * 5_000_000


def test_read_write_timeout_without_probes(make_sshd, connect) -> None:
    """With probes off, `ssh_read_write_timeout` gives up a line that is silent that long."""
    from pulumi_hyperone.provider.foundation.errors import ConnectionLost

    machine = connect(make_sshd(), ssh_keep_alive_interval="-1s", ssh_read_write_timeout="1s")
    with pytest.raises(ConnectionLost):
        machine.run("sleep 30", timeout=40)


def test_silent_command_is_given_up_though_probes_are_answered(make_sshd, connect, tmp_path: Path) -> None:
    """A command without output ends with the session after `ssh_read_write_timeout`; one that talks goes on."""
    from pulumi_hyperone.provider.foundation.errors import ConnectionLost

    machine = connect(make_sshd(), ssh_keep_alive_interval="300ms", ssh_read_write_timeout="1500ms")
    assert machine.run("for i in 1 2 3 4 5; do echo $i; sleep 0.6; done", timeout=30).exit_code == 0
    with pytest.raises(ConnectionLost, match=r"silent for 1\.5 s \(ssh_read_write_timeout\)"):
        machine.run(f"sleep 30; touch {tmp_path}/late", timeout=40)
    machine.reconnect()
    assert machine.run(f"pgrep -f '[s]leep 30; touch {tmp_path}/'", timeout=10).exit_code == 1


def test_pty(sshd, connect) -> None:
    """`ssh_pty` is what provisioners ask for."""
    assert connect(sshd, ssh_pty=True).pty is True
    assert connect(sshd).run("tty", timeout=10, pty=True, capture=True).text.startswith("/dev/")


def test_wait_for_cloud_init(make_sshd, connect, tmp_path: Path) -> None:
    """`wait_for: cloud-init` waits until it has finished and says how it ended."""
    tool = tmp_path / "bin" / "cloud-init"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nsleep 1\nprintf 'status: error\\ndetail:\\ncc_locale failed\\n'; exit 1\n")
    tool.chmod(0o755)
    lines: list[str] = []
    server = make_sshd(f"SetEnv PATH={tool.parent}:/usr/sbin:/usr/bin:/sbin:/bin")
    connect(server, wait_for=["ssh", "cloud-init"], progress=lines.append)
    assert lines[-1] == "cloud-init ended: error: cc_locale failed"
    connect(make_sshd(), wait_for="cloud-init", progress=lines.append)
    assert lines[-1] == "cloud-init ended: not installed"


def test_unusable_key_is_a_settings_error(sshd, connect, tmp_path: Path) -> None:
    """A key file that is none is refused before anything is tried."""
    (tmp_path / "id").write_text("nonsense")
    with pytest.raises(SettingsError, match="is not a private key"):
        connect(sshd, ssh_private_key_file=str(tmp_path / "id"))


def test_options_are_the_callers_type() -> None:
    """Connecting without any way to log in says so."""
    assert CommunicatorOptions().ssh_username == "guru"
