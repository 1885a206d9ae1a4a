"""SSH sessions on sandbox machines, with real clients."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncssh
import paramiko
import pytest
from passlib.hash import sha512_crypt

from tests.support.sandboxes import wait_until

pytestmark = pytest.mark.cloud


def test_command_has_user_home_and_streams_apart(cloud, machine):
    """A command runs as guru in its home; output and errors do not mix."""
    code, out, err = cloud.ssh(machine, "id -un; pwd; echo $HOME; echo oops >&2; exit 7")
    assert (code, out, err) == (7, b"guru\n/home/guru\n/home/guru\n", b"oops\n")


def test_stdin_reaches_the_command_and_ends(cloud, machine):
    """Standard input arrives byte for byte and its end is seen."""
    data = bytes(range(256)) * 4000
    code, out, _ = cloud.ssh(machine, "sha256sum", stdin=data)
    assert (code, out.split()[0].decode()) == (0, hashlib.sha256(data).hexdigest())


def test_command_that_never_reads_its_input_still_ends(cloud, machine):
    """Input that the command leaves unread does not hold the session."""
    assert cloud.ssh(machine, "exit 3", stdin=b"x" * 3_000_000)[0] == 3


def test_death_by_signal_is_128_plus_number(cloud, machine):
    """A command that dies from SIGKILL is reported as 137."""
    assert cloud.ssh(machine, "kill -9 $$")[0] == 137


def test_signal_request_reaches_the_command(cloud, machine):
    """A client's TERM runs the command's trap."""

    async def run() -> tuple[str, int | None]:
        key = asyncssh.read_private_key(cloud.key_file)
        async with asyncssh.connect(
            machine.ssh_addresses[0], machine.ssh_port, username="guru", client_keys=[key], known_hosts=None, config=[]
        ) as connection:
            process = await connection.create_process(
                "trap 'echo caught; exit 4' TERM; echo ready; while :; do sleep 0.1; done"
            )
            assert await process.stdout.readline() == "ready\n"
            process.send_signal("TERM")
            result = await process.wait(timeout=10)
            return str(result.stdout), result.exit_status

    assert cloud.run(run()) == ("caught\n", 4)


def test_environment_of_the_client_is_passed_but_not_path(cloud, machine):
    """Variables that a client sets arrive; PATH and HOME stay the machine's."""
    with cloud.client(machine) as client:
        _, out, _ = client.exec_command(
            "echo $LC_TEST $BUILD_ID $HOME; command -v sudo",
            environment={"LC_TEST": "ä b", "BUILD_ID": "17", "HOME": "/tmp", "PATH": "/nowhere"},
        )
        assert out.read().decode() == "ä b 17 /home/guru\n/etc/sandbox/bin/sudo\n"


def test_login_shell_without_terminal_reads_commands(cloud, machine):
    """A shell channel without a terminal runs what it is fed."""
    result = cloud.openssh("ssh", machine, "-T", "HOST", input=b"shopt -q login_shell && echo login; exit 5\n")
    assert (result.returncode, result.stdout) == (5, b"login\n")


def test_terminal_has_size_follows_changes_and_is_controlling(cloud, machine, processes_with):
    """A shell on a terminal knows its size, learns of changes, and can be interrupted with ^C."""
    with cloud.client(machine) as client:
        channel = client.invoke_shell(term="xterm", width=101, height=33)
        channel.settimeout(20)
        seen = b""

        def expect(text: bytes) -> None:
            nonlocal seen
            while text not in seen:
                data = channel.recv(4096)
                assert data, seen
                seen += data
            seen = seen.split(text, 1)[1]

        channel.send(b"stty size; echo term=$TERM\n")
        expect(b"33 101")
        expect(b"term=xterm")
        channel.resize_pty(width=77, height=22)
        channel.send(b"stty size\n")
        expect(b"22 77")
        channel.send(b"sleep 47115; echo rc=$?\n")
        deadline = time.monotonic() + 20
        while not processes_with("sleep\x0047115"):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        channel.send(b"\x03")
        channel.send(b"echo after=$((40+2)); tty >/dev/null; test -t 0 && echo a-tty; exit 9\n")
        expect(b"after=42")
        expect(b"a-tty")
        assert channel.recv_exit_status() == 9


def test_command_on_terminal_with_openssh(cloud, machine):
    """`ssh -tt` gives a terminal to a command, and its exit code."""
    result = cloud.openssh("ssh", machine, "-tt", "HOST", "test -t 0 && sudo id -u; exit 6")
    assert (result.returncode, result.stdout) == (6, b"0\r\n")


def test_hundred_megabytes_both_ways_unchanged(cloud, machine):
    """100 MB of random bytes survive upload and download by SFTP and through a command."""
    block = os.urandom(1 << 20)
    data = b"".join(block[i:] + block[:i] for i in range(100))
    digest = hashlib.sha256(data).hexdigest()
    local, back = cloud.folder / "big", cloud.folder / "big.back"
    local.write_bytes(data)
    with cloud.client(machine) as client, client.open_sftp() as sftp:
        sftp.put(str(local), "/srv/big")
        sftp.get("/srv/big", str(back))
    assert cloud.sh(machine, "sha256sum </srv/big").split()[0] == digest
    assert hashlib.sha256(back.read_bytes()).hexdigest() == digest
    result = cloud.openssh("ssh", machine, "HOST", "cat; rm /srv/big", input=data)
    assert hashlib.sha256(result.stdout).hexdigest() == digest


@pytest.mark.parametrize("mode", ["-s", "-O"])
def test_scp_both_ways(cloud, machine, mode, tmp_path):
    """Scp copies a tree with modes and times, by SFTP and by the old protocol, both ways."""
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "run.sh").write_bytes(os.urandom(70_000))
    (tree / "sub" / "run.sh").chmod(0o750)
    os.utime(tree / "sub" / "run.sh", (1_600_000_000, 1_600_000_000))
    up = cloud.openssh("scp", machine, mode, "-rp", str(tree), f"HOST:/srv/up{mode}")
    assert up.returncode == 0, up.stderr
    down = cloud.openssh("scp", machine, mode, "-rp", f"HOST:/srv/up{mode}", str(tmp_path / "down"))
    assert down.returncode == 0, down.stderr
    copy = tmp_path / "down" / "sub" / "run.sh"
    assert copy.read_bytes() == (tree / "sub" / "run.sh").read_bytes()
    assert (copy.stat().st_mode & 0o777, int(copy.stat().st_mtime)) == (0o750, 1_600_000_000)


def test_openssh_sftp_batch(cloud, machine, tmp_path):
    """OpenSSH's sftp can put, list, rename and get."""
    (tmp_path / "a").write_text("content")
    batch = f"put {tmp_path}/a /tmp/a\nrename /tmp/a /tmp/b\nls -l /tmp/b\nget /tmp/b {tmp_path}/c\n"
    result = cloud.openssh("sftp", machine, "-b", "-", "HOST", input=batch.encode())
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "c").read_text() == "content"


def test_client_that_drops_leaves_nothing_running(cloud, machine, processes_with):
    """When the connection breaks in the middle of a command, its processes end, background ones included."""
    with cloud.client(machine) as client:
        client.exec_command("sleep 47111 & sudo sleep 47111")
        assert wait_until(lambda: len(processes_with("sleep\x0047111")) >= 2)
        client.get_transport().sock.close()
    assert wait_until(lambda: not processes_with("47111"))


def test_closed_channel_ends_the_command_but_not_the_connection(cloud, machine, processes_with):
    """Closing one channel ends its processes; another channel of the connection goes on."""
    with cloud.client(machine) as client:
        _, out, _ = client.exec_command("sleep 47112")
        assert wait_until(lambda: processes_with("sleep\x0047112"))
        out.channel.close()
        assert wait_until(lambda: not processes_with("47112"))
        assert client.exec_command("echo still here")[1].read() == b"still here\n"


def test_forwarding_is_refused(cloud, machine):
    """Port forwarding both ways and agent forwarding are refused."""
    with cloud.client(machine) as client:
        transport = client.get_transport()
        with pytest.raises(paramiko.ChannelException):
            transport.open_channel("direct-tcpip", ("127.0.0.1", 22), ("127.0.0.1", 1), timeout=10)
        with pytest.raises(paramiko.SSHException):
            transport.request_port_forward("127.0.0.1", 0)
        channel = transport.open_session()
        with contextlib.suppress(paramiko.SSHException):
            paramiko.agent.AgentRequestHandler(channel)
        channel.exec_command("echo ${SSH_AUTH_SOCK-none}")
        assert channel.makefile().read() == b"none\n"


def test_unknown_subsystem_is_refused(cloud, machine):
    """Only sftp is a subsystem."""
    with cloud.client(machine) as client, pytest.raises(paramiko.SSHException):
        client.get_transport().open_session().invoke_subsystem("netconf")


def test_logins_by_key_types_and_password(cloud):
    """Keys of all three types and the password open the machine; everything else stays outside."""
    lines, keys = ["", "# no key", "ssh-rsa broken", "ssh-ed25519 AAAA"], []
    for algorithm in ("ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256"):
        key = asyncssh.generate_private_key(algorithm)
        lines.append(" ".join(key.export_public_key().decode().split()[:2]) + (" me@home now" if keys else ""))
        path = cloud.folder / f"key-{algorithm}"
        path.write_bytes(key.export_private_key("openssh" if algorithm == "ssh-ed25519" else "pkcs1-pem"))
        keys.append(paramiko.PKey.from_path(path))
    spec = cloud.start(ssh_keys=tuple(lines), password_sha512=sha512_crypt.using(rounds=5000).hash("s3cret pass"))
    for key in keys:
        with cloud.client(spec, pkey=key) as client:
            assert client.exec_command("echo in")[1].read() == b"in\n"
    with cloud.client(spec, password="s3cret pass") as client:
        assert client.exec_command("echo in")[1].read() == b"in\n"
    for wrong in ({"password": "other"}, {"pkey": cloud.key}, {"pkey": keys[0], "username": "root"}):
        with pytest.raises(paramiko.AuthenticationException), cloud.client(spec, **wrong):
            pass


def test_sixty_four_machines_and_sessions_at_once(cloud):
    """64 machines start and 64 parallel sessions each get their own machine's answer."""
    specs = [cloud.spec() for _ in range(64)]

    async def start_all() -> None:
        await asyncio.gather(*(cloud.machines.start(spec) for spec in specs))

    cloud.run(start_all())
    with ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda spec: cloud.sh(spec, "hostname; sleep 1; sudo id -u"), specs))
    assert answers == [f"{spec.name}\n0" for spec in specs]

    async def stop_all() -> None:
        await asyncio.gather(*(cloud.machines.stop(spec.vm_id) for spec in specs))

    cloud.run(stop_all())
    assert not any(cloud.machines.is_running(spec.vm_id) for spec in specs)


def test_many_channels_on_one_connection(cloud, machine):
    """Ten commands at once on one connection do not disturb each other."""
    with cloud.client(machine) as client:
        channels = [
            client.exec_command(f"head -c 300000 /dev/zero | tr '\\0' {digit}; exit {digit}")[1] for digit in range(10)
        ]
        for digit, out in enumerate(channels):
            assert out.read() == str(digit).encode() * 300_000
            assert out.channel.recv_exit_status() == digit


def test_host_paths_are_not_visible(cloud, machine):
    """The host's other folders, its users and its process list stay outside."""
    known = "bin boot dev etc home lib lib32 lib64 libx32 media mnt opt proc root run sbin srv sys tmp usr var"
    assert set(cloud.sh(machine, "ls /").split()) <= set(known.split())
    assert cloud.ssh(machine, f"ls {Path(cloud.folder)}")[0] != 0
    assert cloud.ssh(machine, "sudo cat /etc/shadow")[0] != 0
    assert int(cloud.sh(machine, "ls -d /proc/[0-9]* | wc -l")) < 15
