"""Commands over a real sshd: results, streams, endings."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psutil
import pytest

from pulumi_hyperone.provider.foundation.errors import CommandFailed, ConnectionLost, DeadlineExceeded, Interrupted
from pulumi_hyperone.provider.ssh.keys import generate

pytestmark = pytest.mark.cloud


def test_run_returns_code_tail_and_captured_output(machine) -> None:
    """The exit code, the last lines of both streams, and stdout alone when captured come back."""
    result = machine.run("echo out; echo err >&2; exit 7", timeout=10)
    assert (result.exit_code, sorted(result.tail), result.stdout) == (7, ["err", "out"], None)
    captured = machine.run("printf '\\000\\377x'; echo err >&2", timeout=10, capture=True)
    assert (captured.stdout, captured.tail) == (b"\x00\xffx", ("err",))


def test_check_raises_with_code_and_last_lines(machine) -> None:
    """A checked command that fails raises CommandFailed that says code, command and masked output."""
    machine.mask = lambda text: text.replace("hunter2", "***")
    with pytest.raises(CommandFailed, match="exit code 3") as caught:
        machine.run("echo pw hunter2; exit 3", timeout=10, check=True)
    assert str(caught.value).endswith("\n    pw ***")
    assert "hunter2" not in str(caught.value)


def test_leader_line_never_shows_in_the_output(machine) -> None:
    """What the command prints arrives byte for byte, on both streams, without the line we add."""
    seen = bytearray()
    machine.run("echo one >&2; echo two", timeout=10, on_output=seen.extend)
    assert sorted(bytes(seen).split()) == [b"one", b"two"]
    for pty in (False, True):
        seen.clear()
        machine.run("printf 'a\\nb'", timeout=10, on_output=seen.extend, pty=pty)
        assert bytes(seen).replace(b"\r", b"") == b"a\nb"


def test_what_startup_files_print_is_no_output(make_sshd, connect, tmp_path: Path) -> None:
    """A greeting in .bashrc, however long, gets into no answer and into no file that is downloaded."""
    noisy = connect(make_sshd('ForceCommand echo Welcome; eval "$SSH_ORIGINAL_COMMAND"'))
    (tmp_path / "there").write_bytes(b"text")
    noisy.download(f"{tmp_path}/there", tmp_path / "here")
    assert (tmp_path / "here").read_bytes() == b"text"
    assert noisy.run("echo x", timeout=20, capture=True).text == "x"
    noisy.upload_tree(tmp_path, f"{tmp_path}/there is none yet", owner="root")
    noisy.download_tree(f"{tmp_path}/t*", tmp_path / "back")
    assert (tmp_path / "back" / "there").read_bytes() == b"text"
    long = connect(make_sshd('ForceCommand head -c 200000 /dev/zero; eval "$SSH_ORIGINAL_COMMAND"'))
    assert long.run("echo x", timeout=20, capture=True).text == "x"


@pytest.mark.parametrize("command", ["VAR=x sh -c 'echo $VAR'", "[ 1 = 2 ] || echo x", "false | echo x", "# c\necho x"])
def test_command_line_stays_as_it_is(machine, command) -> None:
    """Pipes, leading assignments, tests and comments mean what they mean to the login shell."""
    assert machine.run(command, timeout=10, capture=True).text == "x"


def test_stdin_goes_in_and_ends(machine) -> None:
    """Input of any kind reaches the command, then its end; without input the command reads nothing."""
    assert machine.run("cat", stdin=b"abc", timeout=10, capture=True).stdout == b"abc"
    assert machine.run("cat", stdin=iter([b"a", b"b"]), timeout=10, capture=True).stdout == b"ab"
    assert machine.run("cat", timeout=10, capture=True).stdout == b""


def test_large_output_is_bounded(machine) -> None:
    """50 MB of output pass through without staying in memory; the tail has the last lines."""
    before = psutil.Process().memory_info().rss
    result = machine.run("yes 0123456789 | head -c 50000000; echo; echo last", timeout=60)
    assert result.tail[-1] == "last"
    assert psutil.Process().memory_info().rss - before < 40e6


def test_background_process_does_not_hold_the_command(machine, tmp_path: Path) -> None:
    """A daemon that keeps the streams open does not keep the command from ending."""
    result = machine.run(f"echo hi; sleep 300 & echo $! > {tmp_path}/pid", timeout=200)
    assert result.exit_code == 0
    daemon = psutil.Process(int((tmp_path / "pid").read_text()))
    assert daemon.is_running()
    daemon.kill()


def test_outputs_closed_early_still_give_the_exit_code(machine) -> None:
    """A command that closes both outputs and lives on is waited for."""
    assert machine.run("exec >&- 2>&-; sleep 0.5; exit 9", timeout=20).exit_code == 9


def _gone(pidfile: Path, within: float = 3.0) -> bool:
    pids = [int(word) for word in pidfile.read_text().split()]
    end = time.monotonic() + within
    while time.monotonic() < end:
        if not any(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE for pid in pids):
            return True
        time.sleep(0.02)
    return False


TREE = (
    "trap '' TERM; (setsid sh -c 'echo $$; exec sleep 300') >> {0} & "
    "sleep 300 & echo $! >> {0}; echo $$ >> {0}; sleep 0.3; echo go; wait; wait"
)


@pytest.mark.parametrize("pty", [False, True])
def test_interruption_ends_the_remote_processes(machine, interruption, tmp_path: Path, pty: bool) -> None:
    """The switch ends the command at once, with what it started: also in other sessions, also when TERM is ignored."""
    pids = tmp_path / "pids"
    started = threading.Event()

    def seen(data: bytes) -> None:
        if b"go" in data:
            started.set()

    def stop() -> None:
        started.wait(10)
        interruption.set("the engine asked to stop")

    threading.Thread(target=stop).start()
    with pytest.raises(Interrupted):
        machine.run(TREE.format(pids), timeout=60, on_output=seen, pty=pty)
    assert len(pids.read_text().split()) == 3
    assert _gone(pids)


def test_timeout_ends_the_remote_processes(machine, tmp_path: Path) -> None:
    """A command that outlives its time is ended, and the error says how long it had."""
    with pytest.raises(DeadlineExceeded, match="within 1 s"):
        machine.run(TREE.format(tmp_path / "pids"), timeout=1)
    assert _gone(tmp_path / "pids")
    assert machine.run("echo still", timeout=10, capture=True).text == "still"


def test_cut_session_is_a_lost_connection(sshd, connect) -> None:
    """A session that breaks in the middle of a command is not a failed command."""
    machine = connect(sshd)
    threading.Timer(0.5, sshd.cut).start()
    with pytest.raises(ConnectionLost):
        machine.run("sleep 300", timeout=200)


def test_silent_line_is_noticed_within_the_keep_alive_interval(sshd, connect) -> None:
    """A machine that goes silent in the middle of a command is given up within the keep-alive interval."""
    machine = connect(sshd, ssh_keep_alive_interval="2s")
    threading.Timer(0.5, sshd.freeze).start()
    with pytest.raises(ConnectionLost, match="nothing came from the machine"):
        machine.run("sleep 300", timeout=200)


def test_a_machine_may_be_silent_until_its_first_command_has_run(make_sshd, connect, tmp_path: Path) -> None:
    """A slow machine starts the user's services before it answers anything: the session is not cut meanwhile."""
    server, pair = make_sshd(start=False), generate("ed25519")
    once, script = tmp_path / "once", tmp_path / "first-stops"
    script.write_text(
        f"#!/bin/sh\nmkdir {once} 2>/dev/null && kill -STOP $PPID && sleep 3 && kill -CONT $PPID\n"
        'exec /bin/sh -c "$SSH_ORIGINAL_COMMAND"\n'
    )
    script.chmod(0o755)
    server.allow(pair, f'command="exec {script}"')
    server.start()
    machine = connect(server, private_keys=[pair.private], ssh_keep_alive_interval="600ms")
    assert machine.run("echo works", timeout=10, capture=True).text == "works"
    assert server.log.read_text().count("Accepted publickey") == 1


def test_quiet_command_survives_the_keep_alive(sshd, connect) -> None:
    """A command that prints nothing for several intervals is not given up: the probes are answered."""
    machine = connect(sshd, ssh_keep_alive_interval="600ms")
    assert machine.run("sleep 3; echo done", timeout=20, capture=True).text == "done"


def test_killed_shell_is_not_a_lost_connection(machine) -> None:
    """A signal that ends the login shell gives a result; the session lives on."""
    assert machine.run("kill -9 $$", timeout=10).exit_code != 0
    assert machine.run("true", timeout=10).exit_code == 0
