"""The `shell-local` provisioner: scripts that run on this computer."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.fields import fill_fields
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.foundation.option import Option
from pulumi_hyperone.provider.foundation.weak_types import WeakStr, WeakStrList
from pulumi_hyperone.provider.provisioners.base import Provisioner, StepFailed
from pulumi_hyperone.provider.provisioners.context import RunContext
from pulumi_hyperone.provider.provisioners.local_process import run_local
from pulumi_hyperone.provider.provisioners.scripts import ScriptProvisioner, check_fields
from pulumi_hyperone.provider.provisioners.variables import without_needless
from pulumi_hyperone.provider.ssh.shell_text import quote

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.machine import Machine

_KNOWN = ("Script", "Vars", "Command")


class ShellLocal(ScriptProvisioner):
    """Scripts that run on this computer.

    `execute_command` is a list: a program and its arguments, with `{{.Script}}` and `{{.Vars}}` filled in. The
    variables are in its environment in any case. `command` is one inline command, as in Packer.
    """

    volatile: ClassVar[frozenset[str]] = Provisioner.volatile
    type: Literal["shell-local"]
    command: WeakStr = ""
    execute_command: Annotated[WeakStrList, Option(fields=_KNOWN)] = Field(
        default_factory=lambda: ["/bin/sh", "-c", "{{.Vars}} {{.Script}}"]
    )
    tempfile_extension: WeakStr = ""

    @model_validator(mode="before")
    @classmethod
    def _command_is_inline(cls, data: object) -> object:
        if isinstance(data, dict) and data.get("command") and not data.get("inline"):
            return {**data, "inline": [data["command"]]}
        return data

    @field_validator("execute_command")
    @classmethod
    def _default_command(cls, value: list[str]) -> list[str]:
        return value or ["/bin/sh", "-c", "{{.Vars}} {{.Script}}"]

    @model_validator(mode="after")
    def _templates_known(self) -> Self:
        text = " ".join(self.execute_command)
        check_fields(text, _KNOWN)
        if ".Script" not in text and ".Command" not in text:
            raise ValueError("execute_command must hold {{.Script}}, else the script never runs")
        return self

    def run(self, machine: Machine, context: RunContext, time: Deadline) -> None:  # noqa: ARG002 (runs here)
        """Run each script in the base folder."""
        self.run_here(context, time)

    def run_here(self, context: RunContext, time: Deadline) -> None:
        """The same, without any machine."""
        if not self.files():
            with tempfile.TemporaryDirectory(prefix="hyperone-") as folder:
                script = Path(folder) / f"script{self.tempfile_extension}"
                script.write_bytes(self.script_text())
                script.chmod(0o700)
                self._run_script(script, context, time)
            return
        for name in self.files():
            script = local_file(name, context.base_dir).resolve()
            context.log.note(f"running {name} on this computer")
            if not os.access(script, os.X_OK):
                raise StepFailed(f"{name} is not executable; make it so with: chmod +x {name}")
            self._run_script(script, context, time)

    def _run_script(self, script: Path, context: RunContext, time: Deadline) -> None:
        variables = self.variables(context.environment)
        values = {
            "Script": quote(str(script)),
            "Command": quote(str(script)),
            "Vars": "".join(f"{name}={quote(value)} " for name, value in variables.items()),
        }
        command = [fill_fields(argument, values) for argument in without_needless(self.execute_command)]
        code = run_local(command, environment=variables, folder=context.base_dir, context=context, time=time)
        if code not in self.valid_exit_codes:
            raise StepFailed(f"exit code {code}")
