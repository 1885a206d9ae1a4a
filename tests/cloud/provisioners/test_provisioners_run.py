"""Provisioners on a real sshd: effects, failures, retries, reboots."""

from __future__ import annotations

import stat
import threading
import time
from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.errors import Interrupted, ProvisionerFailed
from tests.support.provisioner_options import shows

pytestmark = pytest.mark.cloud


@shows("shell", "inline", "environment_vars", "env")
def test_inline_runs_as_one_script_with_environment(run, there) -> None:
    """Inline commands share one shell; environment_vars and env arrive unchanged, with Packer's own variables."""
    hostile = "a'b\"c$HOME`id`\\ $(id)\nlina é *"
    run(
        {
            "type": "shell",
            "inline": ["cd " + str(there), 'printf %s "$HOSTILE" > value', 'echo "$PLAIN $PACKER_BUILD_NAME" > plain'],
            "environment_vars": ["HOSTILE=" + hostile, "PLAIN=x"],
            "env": {"PLAIN": "y"},
        }
    )
    assert (there / "value").read_text() == hostile
    assert (there / "plain").read_text() == "y base\n"


def test_inline_stops_at_the_first_failure(run, there, context) -> None:
    """The default shebang is `sh -e`, and the error names index, type, what ran, code and output; masked."""
    with pytest.raises(ProvisionerFailed) as caught:
        run({"type": "shell", "inline": ['echo the secret is "s3cr\'t"; false', f"touch {there}/no"]})
    message = str(caught.value)
    assert "provisioners[0] (shell, 2 inline commands)" in message
    assert "exit code 1" in message
    assert "the secret is <sensitive>" in message
    assert "s3cr't" not in message
    assert not (there / "no").exists()
    text = context.log.path.read_text()
    assert "the secret is <sensitive>" in text
    assert "s3cr't" not in text
    assert stat.S_IMODE(context.log.path.stat().st_mode) == 0o600


@pytest.mark.parametrize("kind", ["shell", "shell-local"])
def test_secrets_written_into_inline_commands_are_not_shown(run, progress, context, kind) -> None:
    """What a command holds is its author's: neither progress nor log nor error repeats it, declared secret or not."""
    with pytest.raises(ProvisionerFailed) as caught:
        run({"type": kind, "inline": ["PASSWORD=hunter2 true", "false"], "max_retries": 1})
    assert f"provisioners[0] ({kind}, 2 inline commands) failed: exit code 1" in str(caught.value)
    assert any("2 inline commands" in line for line in progress)
    for text in (str(caught.value), "\n".join(progress), context.log.path.read_text()):
        assert "hunter2" not in text


@shows("shell", "scripts", "remote_path")
def test_scripts_run_in_order_and_are_removed(run, base, there) -> None:
    """Scripts run one after the other from one remote path, CRLF made LF, and are gone afterwards."""
    (base / "one.sh").write_bytes(f"#!/bin/sh\r\necho one $0 >> {there}/log\r\n".encode())
    (base / "two.sh").write_text(f"#!/bin/sh\necho two $0 >> {there}/log\n")
    run({"type": "shell", "scripts": ["one.sh", "two.sh"], "remote_path": f"{there}/s.sh"})
    assert (there / "log").read_text() == f"one {there}/s.sh\ntwo {there}/s.sh\n"
    assert not (there / "s.sh").exists()


@shows("shell", "script", "binary", "skip_clean", "remote_folder", "remote_file")
def test_binary_skip_clean_and_remote_names(run, base, there) -> None:
    """`binary` keeps bytes, `skip_clean` keeps the script, `remote_folder` and `remote_file` name it."""
    (base / "b").write_bytes(b"#!/bin/sh\ntrue \r\n")
    run(
        {
            "type": "shell",
            "script": "b",
            "binary": True,
            "skip_clean": True,
            "remote_folder": str(there),
            "remote_file": "x",
        }
    )
    assert (there / "x").read_bytes() == b"#!/bin/sh\ntrue \r\n"


@shows("shell", "execute_command", "use_env_var_file")
def test_execute_command_and_env_file(run, there) -> None:
    """`execute_command` is filled in, and `use_env_var_file` brings the variables in a file that is removed."""
    run(
        {
            "type": "shell",
            "inline": ["echo $A $0"],
            "env": {"A": "1"},
            "execute_command": "{{ .Vars }}sh {{.Path}} > " + f"{there}/o",
        }
    )
    assert (there / "o").read_text().startswith("1 /tmp/script_")
    run(
        {
            "type": "shell",
            "inline": [f"echo $A > {there}/p"],
            "env": {"A": "it's"},
            "use_env_var_file": True,
            "remote_folder": str(there),
        }
    )
    assert (there / "p").read_text() == "it's\n"
    assert sorted(path.name for path in there.iterdir()) == ["o", "p"]


LOOK = "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' > {}; echo \"$NOTE\" > {}"
SHELLS = [
    ({"type": "shell"}, False),
    ({"type": "shell"}, True),
    ({"type": "shell", "execute_command": "nice env {{.Vars}} sh {{.Path}}; exit $?"}, False),
    ({"type": "shell", "use_env_var_file": True, "skip_clean": True}, False),
    ({"type": "shell", "use_env_var_file": True}, True),
    ({"type": "shell-local"}, False),
    ({"type": "shell-local", "execute_command": ["/bin/bash", "-c", "{{.Vars}} {{.Script}}; exit $?"]}, False),
]


@pytest.mark.parametrize(("options", "pty"), SHELLS)
def test_variables_are_on_no_command_line(run, machine, there, monkeypatch, options, pty: bool) -> None:
    """While a script runs no process has its variables among its arguments, here or on the machine; none stay there."""
    sent: list[str] = []
    stream = machine.stream
    monkeypatch.setattr(machine, "stream", lambda command, **rest: sent.append(command) or stream(command, **rest))
    monkeypatch.setattr(machine, "pty", pty)
    folder = there / "remote"
    folder.mkdir()
    where = {"remote_folder": str(folder)} if options["type"] == "shell" else {}
    inline = [LOOK.format(there / "seen", there / "note")]
    run({**options, **where, "inline": inline, "env": {"NOTE": "it's sesame"}})
    assert (there / "note").read_text() == "it's sesame\n"
    assert "sshd" in (there / "seen").read_text()
    assert "sesame" not in (there / "seen").read_text() + "".join(sent)
    assert list(folder.glob("varfile_*")) == []


@shows("shell", "valid_exit_codes")
def test_valid_exit_codes(run) -> None:
    """Only the codes that are listed are good."""
    run({"type": "shell", "inline": ["exit 7"], "valid_exit_codes": [0, 7]})
    with pytest.raises(ProvisionerFailed, match="exit code 0"):
        run({"type": "shell", "inline": ["true"], "valid_exit_codes": [7]})


@shows("all", "max_retries")
def test_retries_repeat_the_provisioner(run, there) -> None:
    """`max_retries` repeats a failed provisioner, no more often than that."""
    run({"type": "shell", "inline": [f"echo x >> {there}/n; [ $(wc -l < {there}/n) = 3 ]"], "max_retries": 2})
    assert (there / "n").read_text() == "x\n" * 3
    with pytest.raises(ProvisionerFailed):
        run({"type": "shell", "inline": [f"echo x >> {there}/m; exit 1"], "max_retries": "1"})
    assert (there / "m").read_text() == "x\n" * 2


@shows("all", "timeout")
def test_timeout_ends_the_provisioner(run) -> None:
    """A provisioner that outlives its `timeout` fails with that reason; the pause before counts."""
    with pytest.raises(ProvisionerFailed, match="did not end within"):
        run({"type": "shell", "inline": ["sleep 30"], "timeout": "1s"})
    with pytest.raises(ProvisionerFailed, match=r"did not end within 500ms|did not end within 0.5 s"):
        run({"type": "shell", "inline": ["true"], "timeout": "500ms", "pause_before": "5s"})


def test_interruption_is_not_a_failure(run, interruption, there) -> None:
    """The switch ends the run at once as Interrupted."""
    inline = once_running(there, lambda: interruption.set("stop"))
    with pytest.raises(Interrupted):
        run({"type": "shell", "inline": inline, "max_retries": 3})
    assert not (there / "ended").exists()


def once_running(there: Path, do) -> list[str]:
    """Do something when the script runs, however long its start takes; returns the script's commands."""

    def wait() -> None:
        end = time.monotonic() + 60
        while not (there / "running").exists() and time.monotonic() < end:
            time.sleep(0.02)
        do()

    threading.Thread(target=wait, daemon=True).start()
    return [f"touch {there}/running", "sleep 60", f"touch {there}/ended"]


def test_unexpected_disconnect_says_what_to_set(run, sshd, there) -> None:
    """A script that cuts the connection fails with the option to set."""
    inline = once_running(there, sshd.cut)
    with pytest.raises(ProvisionerFailed, match="expect_disconnect"):
        run({"type": "shell", "inline": inline})


def test_a_retry_leaves_nothing_of_the_attempt_that_was_cut(run, sshd, there) -> None:
    """Neither the script nor the file with the variables, which may be secrets, has a place in the image."""
    inline = once_running(there, sshd.cut)
    env = {"PASSWORD": "s3cr't"}
    options = {"env": env, "use_env_var_file": True, "remote_folder": str(there), "max_retries": 1}
    run({"type": "shell", "inline": [f"[ ! -e {there}/running ] || exit 0", *inline], **options})
    assert [path.name for path in there.iterdir()] == ["running"]


@shows("shell", "expect_disconnect")
def test_expected_disconnect_reconnects(run, sshd, there) -> None:
    """After an expected disconnect (a reboot) the next provisioner runs on a new connection."""

    def reboot() -> None:
        sshd.stop()
        time.sleep(1)
        sshd.start()

    inline = once_running(there, reboot)
    run(
        {"type": "shell", "inline": inline, "expect_disconnect": True},
        {"type": "shell", "inline": [f"echo back > {there}/x"]},
    )
    assert (there / "x").read_text() == "back\n"


def test_a_machine_that_does_not_return_ends_with_the_timeout(run, sshd, there) -> None:
    """`timeout` of the provisioner, not ssh_timeout alone, bounds the wait after an expected disconnect."""
    inline = once_running(there, sshd.stop)
    with pytest.raises(ProvisionerFailed, match=r"within [0-8](\.\d)? s"):
        run({"type": "shell", "inline": inline, "expect_disconnect": True, "timeout": "8s"})


@shows("shell", "start_retry_timeout")
def test_upload_of_a_script_is_retried_over_a_reboot(run, sshd, machine, there) -> None:
    """A connection that is gone when a script begins is made again within `start_retry_timeout`."""
    sshd.cut()
    run({"type": "shell", "inline": [f"echo x > {there}/x"], "start_retry_timeout": "20s"})
    assert (there / "x").exists()


@shows("file", "source", "sources", "content", "destination", "direction", "mode")
def test_file_provisioner(run, base, there) -> None:
    """Files, folders with and without a slash, content, mode, and downloads."""
    (base / "tree" / "sub").mkdir(parents=True)
    (base / "tree" / "a").write_text("A")
    (base / "tree" / "sub" / "b.sh").write_text("B")
    (base / "tree" / "sub" / "b.sh").chmod(0o755)
    (base / "f").write_text("F")
    run(
        {"type": "file", "source": "f", "destination": f"{there}/f2"},
        {"type": "file", "source": "f", "destination": f"{there}/"},
        {"type": "file", "sources": ["f", "tree/a"], "destination": f"{there}/", "mode": "0600"},
        {"type": "file", "source": "tree/", "destination": f"{there}/t1"},
        {"type": "file", "source": "tree", "destination": f"{there}/t2"},
        {"type": "file", "content": "x\n", "destination": f"{there}/c", "mode": "0640"},
        {"type": "file", "source": f"{there}/c", "destination": "back/", "direction": "download"},
        {"type": "file", "source": f"{there}/t1/", "destination": "tree-back", "direction": "download"},
    )
    assert (there / "f2").read_text() == (there / "f").read_text() == "F"
    assert stat.S_IMODE((there / "a").stat().st_mode) == 0o600
    assert (there / "t1" / "a").read_text() == "A"
    assert stat.S_IMODE((there / "t2" / "sub" / "b.sh").stat().st_mode) == 0o755
    assert stat.S_IMODE((there / "c").stat().st_mode) == 0o640
    assert (base / "back" / "c").read_text() == "x\n"
    assert (base / "tree-back" / "t1" / "sub" / "b.sh").read_text() == "B"


@shows("file", "owner")
def test_file_owner(run, there, base) -> None:
    """`owner` and `mode` go to files and trees, installed as root."""
    (base / "t").mkdir()
    (base / "t" / "a").write_text("A")
    run(
        {"type": "file", "content": "x", "destination": f"{there}/c", "owner": "nobody", "mode": "0400"},
        {"type": "file", "source": "t/", "destination": f"{there}/t", "owner": "nobody:daemon"},
    )
    assert ((there / "c").owner(), stat.S_IMODE((there / "c").stat().st_mode)) == ("nobody", 0o400)
    assert ((there / "t" / "a").owner(), (there / "t" / "a").group()) == ("nobody", "daemon")


@pytest.mark.parametrize(
    "raw",
    [
        {"type": "file", "content": "x", "destination": "/tmp/a\0b"},
        {"type": "file", "source": "/etc/hostname", "direction": "download", "destination": "~nobody-here/x"},
        {"type": "shell", "inline": ["true"], "remote_path": "/tmp/a\0b"},
        {"type": "shell-local", "inline": ["true"], "execute_command": ["/bin/echo", "a\0b", "{{.Script}}"]},
    ],
)
def test_a_name_that_no_system_takes_fails_the_provisioner(run, raw) -> None:
    """It is told as any failure is, with the place of the provisioner; it was an internal error."""
    with pytest.raises(ProvisionerFailed, match=rf"provisioners\[0\] \({raw['type']}, .*failed: .*(?i:nul|home)"):
        run(raw)


def test_file_failure_names_the_place(run, base) -> None:
    """A destination that cannot be written fails with the machine's own words."""
    (base / "f").write_text("F")
    with pytest.raises(ProvisionerFailed, match="/nowhere/deep"):
        run({"type": "file", "source": "f", "destination": "/nowhere/deep/x"})


@shows("shell-local", "inline", "env", "command")
def test_shell_local_runs_here(run, base) -> None:
    """shell-local runs in the project folder with its environment; failures hold code and output."""
    run({"type": "shell-local", "inline": ['echo "$A $PACKER_BUILD_NAME" > out'], "env": {"A": "it's"}})
    assert (base / "out").read_text() == "it's base\n"
    run({"type": "shell-local", "command": "echo c > out2"})
    assert (base / "out2").read_text() == "c\n"
    with pytest.raises(ProvisionerFailed, match="exit code 4") as caught:
        run({"type": "shell-local", "inline": ["echo oops", "exit 4"]})
    assert "oops" in str(caught.value)
    with pytest.raises(ProvisionerFailed, match="did not end within"):
        run({"type": "shell-local", "inline": ["sleep 30"], "timeout": "1s"})


@shows("breakpoint", "note", "disable")
def test_breakpoint_waits_for_the_file(run, context, progress) -> None:
    """A breakpoint says how to go on, and goes on when the file appears, or its time passes."""
    marker = context.log.path.parent / "continue"
    held: list[bool] = []
    threading.Timer(1, lambda: (held.append(True), marker.touch())).start()
    run({"type": "breakpoint", "note": "look"})
    assert held
    assert not marker.exists()
    assert any("breakpoint: look" in line and str(marker) in line for line in progress)
    run(
        {"type": "breakpoint", "timeout": "1s"},
        {"type": "breakpoint", "disable": True},
        {"type": "sleep", "duration": "100ms"},
    )


def test_progress_is_coalesced(run, progress) -> None:
    """A thousand lines a second become a few lines of progress, the last one among them."""
    run({"type": "shell", "inline": ["i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done; sleep 0.6"]})
    lines = [line for line in progress if line.startswith("line ")]
    assert lines[-1] == "line 2999"
    assert len(lines) < 15
