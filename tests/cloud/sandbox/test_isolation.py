"""What code on a sandbox machine cannot see of the host, and what other users of the host cannot see of a machine."""

from __future__ import annotations

import contextlib
import http.server
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.sandbox import SandboxMachines

pytestmark = pytest.mark.cloud

KEY = "key-of-the-shell-4713"
SECRET = "word-of-the-build-4714"
OUTSIDE = "word-of-the-host-4715"
SWAPPER = """
import ctypes, os, sys
libc, outside = ctypes.CDLL(None), sys.argv[1]
os.makedirs("/home/guru/trap")
os.chdir("/home/guru/trap")
names = [(f"{i:03}a".encode(), f"{i:03}b".encode()) for i in range(400)]
for folder, link in names:
    os.mkdir(folder)
    open(os.path.join(folder, b"file"), "w").close()
    os.symlink(outside, link)
print("swapping", flush=True)
while True:
    for folder, link in names:
        libc.renameat2(-100, folder, -100, link, 2)
"""
"""What a guest may do while its disk is copied: folders and links to a folder of the host change places."""
OWN_VARIABLES = {"LANG", "HOME", "USER", "LOGNAME", "SHELL", "PATH", "MAIL", "SSH_CLIENT", "SSH_CONNECTION", "TERM"}
ALL_ENVIRONMENTS = "cat /proc/[0-9]*/environ | tr '\\0' '\\n'"


@pytest.fixture
def shell_key(monkeypatch: pytest.MonkeyPatch) -> str:
    """A secret in the environment of whoever started the cloud."""
    monkeypatch.setenv("HYPERONE_TOKEN", KEY)
    return KEY


def seen_command_lines(text: str) -> list[bytes]:
    """The command lines of the host's processes, as every local user reads them, that hold the text."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if text.encode() in (line := path.read_bytes()):
                found.append(line)
    return found


@pytest.mark.parametrize("command", [ALL_ENVIRONMENTS, f"sudo sh -c {ALL_ENVIRONMENTS!r}", "sudo -E env"])
@pytest.mark.parametrize("terminal", [False, True], ids=["pipes", "terminal"])
def test_no_process_of_a_session_has_the_environment_of_the_cloud(cloud, machine, shell_key, command, terminal):
    """The first process of the machine, the session's and root's know the machine's own variables only."""
    result = cloud.openssh("ssh", machine, *(["-tt"] if terminal else []), "HOST", command)
    assert result.returncode == 0, result.stderr
    assert b"HOME=/" in result.stdout
    assert shell_key.encode() not in result.stdout
    names = {line.split("=")[0] for line in result.stdout.decode().split() if "=" in line}
    extra = {name for name in names if not name.startswith("SUDO_")} - OWN_VARIABLES
    assert not extra - {"PWD", "SHLVL", "_"}


def test_sftp_reads_no_environment_of_the_cloud(cloud, machine, shell_key):
    """Process 1, whose environment an SFTP client can read, started with none; a shell in front of it sets PWD."""
    with cloud.client(machine) as client, client.open_sftp() as sftp, sftp.open("/proc/1/environ") as file:
        assert file.read() in (b"", b"PWD=/\0")


@pytest.mark.parametrize("arguments", [[], ["-tt"]], ids=["pipes", "terminal"])
@pytest.mark.parametrize(
    "command",
    [
        f"NAME={SECRET} sleep 47131",
        f"export NAME={SECRET}; sleep 47131 && echo $NAME",
        f"export NAME={SECRET}; sudo --preserve-env=NAME sleep 47131",
        f"export LC_NAME={SECRET}; sudo sleep 47131",
        f"sudo NAME={SECRET} sleep 47131",
        f"echo ${{NAME:={SECRET}}} | sudo -S -E sh -c 'sleep 47131; true'",
    ],
)
def test_a_secret_in_a_command_is_on_no_command_line_of_the_host(cloud, machine, processes_with, command, arguments):
    """A variable set in front of a command, kept by sudo or given to it, is not in the host's process list."""
    with cloud.client(machine) as client:
        _, out, _ = client.exec_command(command, get_pty=bool(arguments))
        deadline = time.monotonic() + 10
        while not (running := processes_with("sleep\x0047131")):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        # The stub of sudo has been replaced by the command when that is all that is left of it.
        while any(b"bin/sudo" in _of_process(pid, "cmdline") for pid in running):
            assert time.monotonic() < deadline
            running = processes_with("sleep\x0047131")
        # A process that is being replaced has no environment to read for a moment.
        while not (any(SECRET.encode() in _of_process(pid, "environ") for pid in running) or "echo" in command):
            assert time.monotonic() < deadline
            time.sleep(0.02)
            running = processes_with("sleep\x0047131")
        assert seen_command_lines(SECRET) == []
        out.channel.close()


def _of_process(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:
        return b""


def test_variables_of_the_client_and_user_data_are_on_no_command_line(cloud, processes_with):
    """What a client sets for its session, and a user data script, travel out of sight."""
    spec = cloud.start(user_data=f"#!/bin/sh\nNAME={SECRET} sleep 47132\n".encode())
    with cloud.client(spec) as client:
        client.exec_command("sleep 47132", environment={"NAME": SECRET})
        deadline = time.monotonic() + 10
        while len(processes_with("sleep\x0047132")) < 2:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        assert seen_command_lines(SECRET) == []
    cloud.run(cloud.machines.turn_off(spec.vm_id))


@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("echo $0 $# [$REPLY]", (0, b"/bin/bash 0 []\n", b"")),
        ("", (0, b"", b"")),
        ("# nothing but a comment", (0, b"", b"")),
        ("echo one\n\necho 'two  \n three'\n\n", (0, b"one\ntwo  \n three\n", b"")),
        ("cat <<X\na $HOME\nX", (0, b"a /home/guru\n", b"")),
        ("cat; echo end", (0, b"inputend\n", b"")),
        ("! true", (1, b"", b"")),
        ("exit 9; echo no", (9, b"", b"")),
        ("set -e\nfalse\necho no", (1, b"", b"")),
        ("ls /proc/self/fd | wc -l", (0, b"4\n", b"")),
        ('echo \\\\ "$(printf \'%s\' "a\'b")" `echo c`', (0, b"\\ a'b c\n", b"")),
        ("shopt -s extglob\ncd /; echo @(usr|srv)", (0, b"srv usr\n", b"")),
    ],
)
def test_commands_run_as_by_sshd(cloud, machine, command, expected):
    """The login shell reads a command that travels out of sight as `bash -c` reads it, and leaves nothing behind."""
    assert cloud.ssh(machine, command, stdin=b"input") == expected


def test_a_fault_of_syntax_is_told(cloud, machine):
    """A command that the shell cannot read fails as it does under `bash -c`."""
    code, out, err = cloud.ssh(machine, "echo no; if then")
    assert (code, out) == (2, b"")
    assert b"syntax error near unexpected token" in err


def test_a_command_may_be_longer_than_one_argument_of_a_process(cloud, machine):
    """200 KB of command are no matter for a shell that reads it from a file descriptor."""
    assert cloud.sh(machine, f"x={'y' * 200_000}; echo ${{#x}}") == "200000"


def test_a_stop_waits_for_the_command_that_cleans_up(cloud):
    """A single program gets the machine's TERM and the time to end by itself."""
    program = "import signal,sys,time\n"
    program += "def end(*_):\n time.sleep(0.5); open('/srv/ended','w').close(); sys.exit()\n"
    program += "signal.signal(signal.SIGTERM, end); print('on', flush=True); time.sleep(60)\n"
    spec = cloud.start()
    cloud.ssh(spec, "cat >/srv/program.py", stdin=program.encode())
    with cloud.client(spec) as client:
        _, out, _ = client.exec_command("python3 /srv/program.py; touch /srv/went-on")
        assert out.readline() == "on\n"
        cloud.run(cloud.machines.stop(spec.vm_id))
    cloud.start(spec)
    assert cloud.sh(spec, "cd /srv; ls").split() == ["ended", "program.py"]


@contextlib.contextmanager
def listeners() -> Iterator[tuple[int, str]]:
    """A web server on the host's loopback and a listener on an abstract socket: the port and the socket's name."""
    name = f"abstract-{os.getpid()}"
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    with server, socket.socket(socket.AF_UNIX) as abstract:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        abstract.bind(f"\0{name}")
        abstract.listen()
        yield server.server_address[1], name
        server.shutdown()


def reaches(port: int, name: str) -> str:
    """A command that tells what it can connect to."""
    return f"""python3 - <<'X'
import socket
def tried(kind, address):
    with socket.socket(kind) as one:
        try:
            one.settimeout(5)
            one.connect(address)
            return "open"
        except OSError as error:
            return type(error).__name__
print(tried(socket.AF_INET, ("127.0.0.1", {port})), tried(socket.AF_UNIX, "\\0{name}"))
X"""


def test_the_hosts_loopback_and_abstract_sockets_are_out_of_reach(cloud, machine):
    """Nothing that listens on the host, the cloud's own API included, can be reached; the machine's loopback works."""
    with listeners() as (port, name):
        assert cloud.sh(machine, reaches(port, name)) == "ConnectionRefusedError ConnectionRefusedError"
    assert (
        cloud.sh(
            machine,
            "python3 -m http.server -b 127.0.0.1 8000 >/dev/null 2>&1 & "
            "for i in $(seq 100); do (: </dev/tcp/127.0.0.1/8000) 2>/dev/null && echo own && break; sleep 0.1; done",
        )
        == "own"
    )
    assert cloud.ssh(machine, ": </dev/tcp/198.51.100.1/80")[0] == 1


def test_the_hosts_network_is_there_for_those_who_ask(cloud, monkeypatch):
    """With HYPERONE_LOCAL_SANDBOX_NETWORK=host a machine shares the host's network, loopback included."""
    monkeypatch.setenv("HYPERONE_LOCAL_SANDBOX_NETWORK", "host")
    before, cloud.machines = cloud.machines, SandboxMachines(cloud._on_power_off)
    try:
        spec = cloud.start()
        with listeners() as (port, name):
            assert cloud.sh(spec, reaches(port, name)) == "open open"
    finally:
        cloud.run(cloud.machines.close())
        cloud.machines = before


def test_a_copy_of_a_running_machine_does_not_leave_its_disk(cloud, tmp_path):
    """A guest that swaps folders for links during captures of its disk gets nothing of the host into them."""
    (tmp_path / "outside").mkdir(mode=0o700)
    (tmp_path / "outside" / "file").write_text(OUTSIDE)
    spec = cloud.start()
    with cloud.client(spec) as client:
        stdin, stdout, _ = client.exec_command(f"python3 - {tmp_path}/outside")
        stdin.write(SWAPPER)
        stdin.channel.shutdown_write()
        assert stdout.readline() == "swapping\n"
        for number in range(6):
            target = tmp_path / f"copy{number}"
            # A copy of what changes meanwhile may fail, like any cp.
            with contextlib.suppress(MachineError):
                cloud.run(cloud.machines.capture(spec.disks[0], target))
            assert len(list((target / "rootfs/home/guru/trap").iterdir())) > 100
            copied = [path for path in target.rglob("file") if not path.is_symlink()]
            assert OUTSIDE not in {path.read_text() for path in copied}
    cloud.run(cloud.machines.turn_off(spec.vm_id))
