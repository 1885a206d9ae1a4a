"""Run a program on this computer: output into the build's log, ended with all it started when the build has to stop."""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time as clock
from collections.abc import Mapping, Sequence
from pathlib import Path

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import DeadlineExceeded
from pulumi_hyperone.provider.provisioners.base import StepFailed
from pulumi_hyperone.provider.provisioners.context import RunContext

_READ = 65536
_GRACE = 2.0
_LOOK = 0.25


def run_local(
    command: Sequence[str], *, environment: Mapping[str, str], folder: Path, context: RunContext, time: Deadline
) -> int:
    """Run to the end; return the exit code (128 + n for signal n). Raises StepFailed, Interrupted, DeadlineExceeded."""
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=writing,
            stderr=writing,
            start_new_session=True,
        )
    except OSError as error:
        os.close(reading)
        raise StepFailed(f"{command[0]} cannot be run: {error.strerror}") from None
    finally:
        os.close(writing)
    try:
        _pump(process, reading, context, time)
    finally:
        os.close(reading)
        _end(process)
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _pump(process: subprocess.Popen[bytes], reading: int, context: RunContext, time: Deadline) -> None:
    """Carry output until the process ended and its output with it, or something it left running holds that open."""
    ended_at: float | None = None
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        while True:
            context.interruption.check()
            if time.expired:
                raise DeadlineExceeded(f"it did not end within {time.seconds:g} s")
            ready = selector.select(time.left(_LOOK))
            if ready:
                data = os.read(reading, _READ)
                if not data:
                    break
                context.log.output(data)
            elif process.poll() is not None:
                ended_at = ended_at or clock.monotonic()
                if clock.monotonic() - ended_at > _GRACE:
                    return
    while process.poll() is None:
        context.interruption.sleep(0.05)
        if time.expired:
            raise DeadlineExceeded(f"it did not end within {time.seconds:g} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process group if the process still runs, by force after a grace."""
    if process.poll() is not None:
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
            if number is signal.SIGTERM:
                continue
    process.wait()
