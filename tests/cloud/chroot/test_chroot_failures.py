"""Chroots on a real virtual machine when something fails: the mounts are gone and the message says what it was."""

from __future__ import annotations

import dataclasses
import re
import threading
import time

import pytest

from pulumi_hyperone.provider.chroot.steps import unmount_chroot
from pulumi_hyperone.provider.foundation.errors import (
    ConnectionLost,
    DeadlineExceeded,
    Interrupted,
    LeftBehind,
    NotFound,
    ProvisionerFailed,
    SettingsError,
    SshError,
)
from pulumi_hyperone.provider.foundation.interruption import Interruption

pytestmark = [pytest.mark.cloud, pytest.mark.vm]

FAILING = "sh -c 'echo what went wrong >&2; exit 7'"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"pre_mount_commands": ["true", FAILING]}, ["pre_mount_commands[1]", "code 7"], id="pre"),
        pytest.param({"mount_partition": "9"}, ["mount[1] (mount /dev/sd", "9 /mnt/", "exit code 32"], id="mount"),
        pytest.param({"post_mount_commands": [FAILING]}, ["post_mount_commands[0]", "what went wrong"], id="post"),
        pytest.param(
            {"chroot_mounts": [["proc", "proc", "/proc"], ["nofs", "none", "/x"]]},
            ["chroot_mounts[3] (mount -t nofs none", "nofs"],
            id="extra",
        ),
        pytest.param({"chroot_copy_files": ["/gone"]}, ["chroot_copy_files[0]", "/gone"], id="copy"),
    ],
)
def test_a_step_that_fails_is_named_with_its_output_and_nothing_stays_mounted(builder, options, said):
    """The message has the option with its number, the command, the exit code and the last output."""
    error = builder.failure(builder.steps(**options))
    assert isinstance(error, ProvisionerFailed)
    for text in said:
        assert text in str(error)
    assert builder.mounted() == ""


def test_an_unknown_field_is_refused_before_the_command_runs(builder):
    """A field that commands do not have is refused; the message names those that they have."""
    error = builder.failure(builder.steps(pre_mount_commands=["touch /home/guru/{{.Disk}}"]))
    assert isinstance(error, SettingsError)
    assert "pre_mount_commands: unknown field {{.Disk}}; it knows {{.Device}}, {{.MountPath}}" in str(error)
    assert "Disk" not in builder.run("ls /home/guru")


def test_without_a_wrapper_the_message_says_how_to_be_root(builder):
    """The default wrapper adds nothing, as in Packer: a user who is not root is told the option."""
    error = builder.failure(builder.steps(chroot_command_wrapper="{{.Command}}", chroot_mount_path="/mnt/x/y"))
    assert "mount[0]" in str(error)
    assert "`chroot_command_wrapper: sudo {{.Command}}` runs each command as root" in str(error)


def test_a_provisioner_that_fails_leaves_nothing_mounted(builder):
    """What happens inside fails with its own error after everything was unmounted."""

    def work(inside):
        assert inside.run("echo x > /opt/written", timeout=30).exit_code == 0
        raise ProvisionerFailed("provisioners[1] failed")

    assert str(builder.failure(builder.steps(), work)) == "provisioners[1] failed"
    assert builder.mounted() == ""


def test_a_command_beyond_its_deadline_is_ended(builder):
    """The deadline of commands counts for each; what runs too long is ended on the machine and nothing stays."""
    steps = dataclasses.replace(builder.steps(post_mount_commands=["sleep 4321"]), timeout=3.0)
    assert isinstance(builder.failure(steps), DeadlineExceeded)
    assert not _runs(builder, "sleep 432[1]")
    assert builder.mounted() == ""


def test_an_interruption_ends_the_command_and_unmounts_over_a_new_session(builder):
    """Ctrl-C while a command runs inside: it ends at once, and the mounts go although its session may not be used."""
    interruption = Interruption()

    def work(inside):
        threading.Timer(2, interruption.set, ("the engine asked to stop",)).start()
        inside.run("sleep 4322", timeout=60)

    with builder.connect(interruption) as machine:
        error = builder.failure(builder.steps(), work, machine=machine, interruption=interruption)
    assert isinstance(error, Interrupted)
    assert builder.mounted() == ""
    assert not _runs(builder, "sleep 432[2]")


def test_a_lost_connection_still_unmounts(builder):
    """When the session breaks, another one is made for unmounting."""
    with builder.connect(Interruption()) as machine:

        def work(inside):
            machine.close()
            inside.run("true", timeout=30)

        assert isinstance(builder.failure(builder.steps(), work, machine=machine), ConnectionLost)
    assert builder.mounted() == ""


def test_a_machine_that_is_gone_has_nothing_to_unmount(builder):
    """When the cloud says that there is no machine any more, that is the error, and not what followed from it."""

    def gone():
        raise NotFound("the builder is gone")

    steps = builder.steps()
    with builder.connect(Interruption()) as machine:

        def work(inside):
            machine.close()
            inside.run("true", timeout=30)

        assert str(builder.failure(steps, work, machine=machine, unmounter=gone)) == "the builder is gone"
    unmount_chroot(builder.machine, steps, say=builder.said.append)


def test_processes_started_inside_are_ended_even_those_that_ignore_it(builder):
    """A daemon in the chroot holds its mounts: it gets TERM, then KILL."""
    with builder.chroot(builder.steps()) as inside:
        inside.run("sleep 4323 > /dev/null 2>&1 &", timeout=30, check=True)
        inside.run("sh -c 'trap \"\" TERM; while :; do sleep 1; done' > /dev/null 2>&1 &", timeout=30, check=True)
    assert builder.mounted() == ""
    assert not _runs(builder, 'sleep 432[3]|trap "" TER[M]')


def test_a_process_outside_that_holds_a_mount_is_named_and_left_alone(builder, monkeypatch):
    """It is not ours to end: the message names it, its number, and the mount that stays."""
    monkeypatch.setattr("pulumi_hyperone.provider.chroot.unmount.BUSY_WAIT", 1.0)
    steps = builder.steps()

    def work(_inside):
        hold = f"sudo sh -c 'cd {steps.mount_path}/etc && exec sleep 4324' > /dev/null 2>&1 &"
        builder.machine.run(hold, timeout=30, check=True)
        deadline = time.monotonic() + 30
        while not _runs(builder, "^sleep 432[4]"):
            assert time.monotonic() < deadline, "the holding process never ran"
            time.sleep(0.2)

    error = builder.failure(steps, work)
    assert isinstance(error, SshError)
    assert re.search(rf"still mounted: {steps.mount_path}; held by sleep \(process \d+\): .* must end what", str(error))
    assert "busy" in str(error)
    assert _runs(builder, "sleep 432[4]")
    builder.run("sudo pkill -f 'sleep 432[4]'")
    unmount_chroot(builder.machine, steps, say=builder.said.append)
    assert builder.mounted() == ""


def test_when_unmounting_fails_after_a_failure_both_are_told(builder, monkeypatch):
    """The first error stays first; what is still mounted and who holds it follows."""
    monkeypatch.setattr("pulumi_hyperone.provider.chroot.unmount.BUSY_WAIT", 1.0)
    hold = "sh -c 'cd {{.MountPath}}; exec sleep 4325' > /dev/null 2>&1 &"
    held = "sh -c 'until pgrep -f ^sleep.432[5]; do sleep 0.2; done'"
    steps = builder.steps(post_mount_commands=[hold, held, FAILING])
    error = builder.failure(steps)
    assert isinstance(error, LeftBehind)
    assert re.search(r"(?s)post_mount_commands\[2\].*failed too: still mounted.*sleep \(process \d+\)", str(error))
    builder.run("sudo pkill -f 'sleep 432[5]'")
    unmount_chroot(builder.machine, steps, say=builder.said.append)


def _runs(builder, pattern: str) -> bool:
    return builder.machine.run(f"pgrep -f '{pattern}'", timeout=30).exit_code == 0
