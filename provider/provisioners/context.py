"""What a provisioner needs to know about the build that it is part of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import DeadlineExceeded
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.provisioners.build_log import BuildLog

STEP_TIMEOUT = 24 * 3600.0
"""Seconds after which a provisioner without `timeout` is given up."""


@dataclass(frozen=True)
class RunContext:
    """`base_dir` is where relative local paths are seen from; `environment` is added to that of shell and shell-local.

    `ssh_line` is what a person types to get on the machine, for `breakpoint`.
    """

    log: BuildLog
    interruption: Interruption
    base_dir: Path = Path()
    progress: Callable[[str], None] = lambda _: None
    environment: Mapping[str, str] = field(default_factory=dict)
    ssh_line: str = ""


def pause(seconds: float, context: RunContext, time: Deadline) -> None:
    """Wait; raises DeadlineExceeded at the end of `time` when that comes first, and Interrupted at once."""
    context.log.note(f"waiting {seconds:g} s")
    left = time.left(seconds)
    context.interruption.sleep(left)
    if left < seconds:
        raise DeadlineExceeded(f"it did not end within {time.seconds:g} s")


def packer_environment(build_name: str) -> dict[str, str]:
    """Return the variables that Packer gives to scripts of this builder."""
    return {"PACKER_BUILD_NAME": build_name, "PACKER_BUILDER_TYPE": "hyperone"}
