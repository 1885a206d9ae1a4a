"""Run provisioners in order, with pauses, time-outs and retries, and say what failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import HyperOneError, Interrupted, ProvisionerFailed
from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.context import STEP_TIMEOUT, RunContext, pause
from pulumi_hyperone.provider.provisioners.shell_local import ShellLocal
from pulumi_hyperone.provider.ssh.machine import Machine

SHOWN_LINES = 10


def run_all(
    provisioners: Sequence[Provisioner], machine: Machine, context: RunContext, label: str = "provisioners"
) -> None:
    """Run all in order; `label` names the list in messages (`error_cleanup_provisioner` for that one).

    Raises ProvisionerFailed with index, type, what ran, why it failed and the last output lines; Interrupted when the
    engine stops. Output goes to the context's log, masked.
    """
    machine.mask = context.log.mask
    for position, provisioner in enumerate(provisioners):
        name = f"{label}[{position}] ({', '.join(filter(None, [provisioner.type, provisioner.summary]))})"
        _run_with_retries(provisioner, name, partial(provisioner.run, machine, context), context)


def run_locally(steps: Sequence[ShellLocal], context: RunContext, label: str) -> None:
    """Run what needs no machine. Raises what `run_all` raises."""
    for position, step in enumerate(steps):
        name = f"{label}[{position}] ({step.type}, {step.summary})"
        _run_with_retries(step, name, partial(step.run_here, context), context)


def _run_with_retries(
    provisioner: Provisioner, name: str, run: Callable[[Deadline], None], context: RunContext
) -> None:
    for attempt in range(provisioner.max_retries + 1):
        context.interruption.check()
        context.log.begin()
        context.log.note(name + (f", retry {attempt} of {provisioner.max_retries}" if attempt else ""))
        try:
            _run_once(provisioner, run, context)
        except Interrupted:
            raise
        except (HyperOneError, OSError, RuntimeError, ValueError) as error:  # the last two: names that no system takes
            message = _failure(name, error, context)
            if attempt == provisioner.max_retries:
                context.log.note(f"{name} failed")
                raise ProvisionerFailed(message) from error
            context.log.note(f"{name} failed ({error}); it will be tried again")
        else:
            return


def _run_once(provisioner: Provisioner, run: Callable[[Deadline], None], context: RunContext) -> None:
    time = Deadline(provisioner.timeout or STEP_TIMEOUT)
    if provisioner.pause_before:
        pause(provisioner.pause_before, context, time)
    run(time)


def _failure(name: str, error: Exception, context: RunContext) -> str:
    log = context.log
    lines = [f"{log.mask(name)} failed: {log.mask(str(error))}"]
    tail = log.tail(SHOWN_LINES)
    if tail:
        lines += ["its last output:", *(f"    {line}" for line in tail)]
    return "\n".join(lines)
