"""The order of events of a chroot build on the machine (API facts 3.3, steps 7 to 13)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from provider.chroot import commands
from provider.chroot.device import find_device
from provider.chroot.options import ChrootSteps
from provider.chroot.unmount import unmount_all
from provider.errors import HyperOneError, LeftBehind, ProvisionerFailed
from provider.interruption import Interruption
from provider.ssh import ChrootMachine, Machine
from provider.ssh.text import failure_text, shorten

Output = Callable[[bytes], None]


@contextmanager
def mounted_chroot(
    machine: Machine,
    steps: ChrootSteps,
    *,
    interruption: Interruption,
    say: Callable[[str], None],
    on_output: Output,
    unmounter: Callable[[], Machine],
) -> Iterator[ChrootMachine]:
    """Prepare and mount the disk; yields the machine as seen from inside; always unmounts.

    `unmounter` gives a session that still works when `machine` was lost or interrupted. Raises ProvisionerFailed naming
    the step that failed, LeftBehind when unmounting failed after another failure.
    """
    try:
        _mount(machine, steps, interruption=interruption, say=say, on_output=on_output)
        yield ChrootMachine(machine, steps.mount_path, steps.command_wrapper)
    except BaseException as error:
        try:
            unmount_chroot(unmounter(), steps, say=say)
        except HyperOneError as second:
            raise LeftBehind(f"{error}\nunmounting afterwards failed too: {second}") from error
        raise
    unmount_chroot(machine, steps, say=say)


def unmount_chroot(machine: Machine, steps: ChrootSteps, *, say: Callable[[str], None]) -> None:
    """Sync and unmount everything below the chroot's path."""
    say(f"unmounting {steps.mount_path}")
    unmount_all(machine, steps)


def _mount(
    machine: Machine, steps: ChrootSteps, *, interruption: Interruption, say: Callable[[str], None], on_output: Output
) -> None:
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
    result = machine.run(commands.wrapped(steps, command), on_output=on_output, timeout=steps.timeout)
    if result.exit_code != 0:
        raise ProvisionerFailed(failure_text(f"{label} ({shorten(command)})", result.exit_code, result.tail))
