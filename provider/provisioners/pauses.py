"""Provisioners that only wait: `sleep` for a time, `breakpoint` for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.weak_types import Duration, WeakBool, WeakStr
from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.context import STEP_TIMEOUT, RunContext, pause

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.machine import Machine

CONTINUE = "continue"
"""Name of the file beside the log that ends a breakpoint."""
_LOOK = 0.25


class Sleep(Provisioner):
    """Waits for `duration`."""

    leaves_trace: ClassVar[bool] = False
    type: Literal["sleep"]
    duration: Annotated[Duration, Field(gt=0)]

    @property
    def summary(self) -> str:
        """For how long."""
        return f"{self.duration:g} s"

    def run(self, machine: Machine, context: RunContext, time: Deadline) -> None:  # noqa: ARG002
        """Wait."""
        pause(self.duration, context, time)


class Breakpoint(Provisioner):
    """Holds the build until a file named `continue` is put beside the log; no longer than `timeout` (24 h)."""

    leaves_trace: ClassVar[bool] = False
    """What a person does there cannot be known."""
    type: Literal["breakpoint"]
    disable: WeakBool = False
    note: WeakStr = ""

    @property
    def summary(self) -> str:
        """The person's note."""
        return self.note

    def run(self, machine: Machine, context: RunContext, time: Deadline) -> None:  # noqa: ARG002
        """Wait for the file; a time that passes ends the breakpoint, not the build."""
        if self.disable:
            context.log.note("breakpoint is disabled")
            return
        marker = context.log.path.parent / CONTINUE
        marker.unlink(missing_ok=True)
        note = f"{self.note}. " if self.note else ""
        login = f"look around with: {context.ssh_line}; " if context.ssh_line else ""
        context.log.note(f"breakpoint: {note}{login}go on with: touch {marker}")
        end = Deadline(time.left(STEP_TIMEOUT))
        while not marker.exists() and end.left(1.0) > 2 * _LOOK:
            context.interruption.sleep(_LOOK)
        marker.unlink(missing_ok=True)
        context.log.note("breakpoint: going on")
