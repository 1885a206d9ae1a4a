"""The order of events of a chroot build on the machine (API facts 3.3, steps 7 to 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from pulumi_hyperone.provider.chroot import commands
from pulumi_hyperone.provider.chroot.device import find_device
from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.chroot.unmount import unmount_all
from pulumi_hyperone.provider.foundation.errors import (
    ConnectionLost,
    DeadlineExceeded,
    HyperOneError,
    Interrupted,
    LeftBehind,
    NotFound,
    ProvisionerFailed,
)
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine, wrap
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.shell_text import failure_text, shorten

Output = Callable[[bytes], None]
Say = Callable[[str], None]


@contextmanager
def mounted_chroot(
    machine: Machine,
    steps: ChrootSteps,
    *,
    interruption: Interruption,
    say: Say,
    on_output: Output,
    unmounter: Callable[[], Machine],
) -> Iterator[ChrootMachine]:
    """Prepare and mount the disk; yields the machine as seen from inside; always unmounts.

    `unmounter` makes a session for unmounting when `machine` was lost or interrupted; it is closed afterwards. It
    raises NotFound when the machine itself is gone, and its mounts with it; that is raised in the place of all else.
    Raises ProvisionerFailed naming the step that failed, SshError naming what holds a mount, LeftBehind when unmounting
    failed after another failure.
    """
    try:
        _mount(machine, steps, interruption=interruption, say=say, on_output=on_output)
        yield ChrootMachine(machine, steps.mount_path, steps.command_wrapper)
    except BaseException as error:
        try:
            _unmount_anyhow(machine, steps, say, unmounter)
        except NotFound:
            raise
        except HyperOneError as second:
            raise LeftBehind(f"{error}\nunmounting {steps.mount_path} afterwards failed too: {second}") from error
        raise
    _unmount_anyhow(machine, steps, say, unmounter)
    interruption.check()


def _unmount_anyhow(machine: Machine, steps: ChrootSteps, say: Say, unmounter: Callable[[], Machine]) -> None:
    """Unmount over the session that there is; over one of its own when that was lost or interrupted."""
    try:
        unmount_chroot(machine, steps, say=say)
    except (ConnectionLost, DeadlineExceeded, Interrupted):
        with unmounter() as another:
            unmount_chroot(another, steps, say=say)


def unmount_chroot(machine: Machine, steps: ChrootSteps, *, say: Say) -> None:
    """Sync and unmount everything below the chroot's path."""
    say(f"unmounting {steps.mount_path}")
    unmount_all(machine, steps)


def _mount(machine: Machine, steps: ChrootSteps, *, interruption: Interruption, say: Say, on_output: Output) -> None:
    say(f"looking for disk {steps.disk_id} on the machine")
    device = find_device(machine, steps, interruption)
    values = {"Device": device, "MountPath": steps.mount_path}

    def run(step: str, lines: Iterable[str]) -> None:
        for number, line in enumerate(lines):
            say(f"{step}[{number}]: {line.splitlines()[0] if line else ''}")
            _step(machine, steps, f"{step}[{number}]", line, on_output)

    def rendered(step: str, templates: Iterable[str]) -> list[str]:
        return [commands.rendered(template, values, step) for template in templates]

    run("pre_mount_commands", rendered("pre_mount_commands", steps.pre_mount_commands))
    run("mount", commands.mount_commands(steps, device))
    run("post_mount_commands", rendered("post_mount_commands", steps.post_mount_commands))
    run("chroot_mounts", commands.extra_mount_commands(steps))
    run("chroot_copy_files", commands.copy_commands(steps))


def _step(machine: Machine, steps: ChrootSteps, label: str, command: str, on_output: Output) -> None:
    """Run one command through the wrapper, in a session of its own in the login folder."""
    result = machine.run(wrap(steps.command_wrapper, command), on_output=on_output, timeout=steps.timeout)
    if result.exit_code == 0:
        return
    text = failure_text(f"{label} ({shorten(machine.mask(command))})", result.exit_code, result.tail)
    raise ProvisionerFailed(text + _root_hint(steps, result.tail))


def _root_hint(steps: ChrootSteps, tail: Iterable[str]) -> str:
    """What to do where a command lacked root's rights and no wrapper gives them."""
    denied = any(word in line for line in tail for word in ("ermission denied", "must be superuser", "not permitted"))
    plain = not wrap(steps.command_wrapper, "").strip()
    hint = "\nthe login user may not do this; `chroot_command_wrapper: sudo {{.Command}}` runs each command as root"
    return hint if plain and denied else ""
