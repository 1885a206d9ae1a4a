"""The `shell` provisioner: scripts that are uploaded and run on the machine, with Packer's semantics."""

from __future__ import annotations

import random
import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.errors import ConnectionLost, DeadlineExceeded, TransferFailed
from pulumi_hyperone.provider.foundation.fields import fill_fields
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.foundation.option import Option
from pulumi_hyperone.provider.foundation.weak_types import Duration, WeakBool, WeakStr
from pulumi_hyperone.provider.provisioners.base import Provisioner, StepFailed
from pulumi_hyperone.provider.provisioners.context import STEP_TIMEOUT, RunContext, pause
from pulumi_hyperone.provider.provisioners.scripts import ScriptProvisioner, check_fields
from pulumi_hyperone.provider.provisioners.variables import FROM_INPUT, can_come_by_input
from pulumi_hyperone.provider.ssh.shell_text import KILLED, quote

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.machine import Machine
    from pulumi_hyperone.provider.ssh.remote_shell import CommandResult

DISCONNECTED = 2300218
"""The exit code that stands for a lost connection in `valid_exit_codes` (Packer's number)."""
_EXECUTE = "chmod +x {{.Path}}; {{.Vars}} {{.Path}}"
_EXECUTE_WITH_FILE = "chmod +x {{.Path}}; . {{.EnvVarFile}} && {{.Path}}"
_KNOWN = ("Path", "Vars", "EnvVarFile")
_GOING_DOWN = '[ "$(systemctl is-system-running 2>/dev/null)" = stopping ]'
_FULL = "No space left on device"
_CLEAN_TIMEOUT = 60.0
_DOWN_TIMEOUT = 120.0


class Shell(ScriptProvisioner):
    """Scripts that run on the machine.

    `{{.Path}}`, `{{.Vars}}` and `{{.EnvVarFile}}` in `execute_command` are filled in; the rest stays as it is.
    """

    volatile: ClassVar[frozenset[str]] = Provisioner.volatile | {"start_retry_timeout", "pause_after", "skip_clean"}

    type: Literal["shell"]
    execute_command: Annotated[WeakStr, Option(fields=_KNOWN)] = ""
    env_var_format: WeakStr = ""
    use_env_var_file: WeakBool = False
    remote_folder: WeakStr = "/tmp"  # noqa: S108 (Packer's default; the script itself is not secret-bearing by design)
    remote_file: WeakStr = ""
    remote_path: WeakStr = ""
    skip_clean: WeakBool = False
    expect_disconnect: WeakBool = False
    start_retry_timeout: Annotated[Duration, Field(ge=0)] = 300.0
    pause_after: Annotated[Duration, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _templates_known(self) -> Self:
        check_fields(self.execute_command, _KNOWN)
        if self.execute_command and ".Path" not in self.execute_command:
            raise ValueError("execute_command must hold {{.Path}}, else the script never runs")
        if self.env_var_format and self.env_var_format.replace("%%", "").count("%s") != 2:
            raise ValueError("env_var_format must hold %s twice: for the name and for the value")
        return self

    def run(self, machine: Machine, context: RunContext, time: Deadline) -> None:
        """Upload and run each script; reconnect when it was expected to cut the connection."""
        for name in self.files() or [""]:
            content = local_file(name, context.base_dir).read_bytes() if name else self.script_text()
            if name:
                context.log.note(f"running {name}")
            self._run_script(content, machine, context, time)
        if self.pause_after:
            pause(self.pause_after, context, time)

    @cached_property
    def remote_script(self) -> str:
        """Where scripts go, one after the other, in retries too: what a lost connection leaves is written over."""
        number = random.randrange(10000)  # noqa: S311 (a name, not a secret)
        return self.remote_path or f"{self.remote_folder}/{self.remote_file or f'script_{number:04d}.sh'}"

    @cached_property
    def remote_env_file(self) -> str:
        """Where the file with the variables goes, likewise."""
        return f"{self.remote_folder}/varfile_{secrets.token_hex(8)}.sh"

    def vars_text(self, variables: dict[str, str], *, in_file: bool) -> str:
        """Return the environment as text for sh: `K='v' ` each, or `export K='v'` lines for a file."""
        default = "export %s='%s'\n" if in_file else "%s='%s' "
        pair = self.env_var_format or default
        return "".join(_fill(pair, name, value) for name, value in variables.items())

    def command_line(
        self, path: str, env_file: str, variables: dict[str, str], *, pty: bool = False
    ) -> tuple[str, bytes | None]:
        """Return the command line that runs the uploaded script, and what it reads: the variables, where it can.

        A terminal would show what is read, so with `pty` the default command reads the file.
        """
        in_file = self.brings_file(pty=pty)
        text = self.execute_command or (_EXECUTE_WITH_FILE if in_file else _EXECUTE)
        by_input = not (in_file or pty or self.env_var_format) and can_come_by_input(text)
        vars_text = "" if in_file else f"{FROM_INPUT} " if by_input else self.vars_text(variables, in_file=False)
        command = fill_fields(text, {"Path": path, "Vars": vars_text, "EnvVarFile": env_file})
        return command, self.vars_text(variables, in_file=True).encode() if by_input else None

    def brings_file(self, *, pty: bool) -> bool:
        """Whether the variables come in a file."""
        return self.use_env_var_file or (pty and not self.execute_command and not self.env_var_format)

    def _run_script(self, content: bytes, machine: Machine, context: RunContext, time: Deadline) -> None:
        if not self.binary:
            content = content.replace(b"\r\n", b"\n")
        path = self.remote_script
        files = {path: (content, 0o755)}
        variables = self.variables(context.environment)
        env_file = ""
        if self.brings_file(pty=machine.pty):
            env_file = self.remote_env_file
            files[env_file] = (self.vars_text(variables, in_file=True).encode(), 0o600)
        self._upload(files, machine, context, time)
        command, given = self.command_line(path, env_file, variables, pty=machine.pty)
        code = self._execute(command, given, machine, context, time)
        # The variables may be secrets, which have no place in the image.
        leftovers = [env_file] * bool(env_file) if self.skip_clean else list(files)
        if leftovers:
            self._clean(leftovers, machine, context)
        if code not in self.valid_exit_codes and not (code == DISCONNECTED and self.expect_disconnect):
            raise StepFailed(_failure(code))

    def _upload(
        self, files: dict[str, tuple[bytes, int]], machine: Machine, context: RunContext, time: Deadline
    ) -> None:
        """Upload, again and over a new connection while `start_retry_timeout` lasts: the machine may be rebooting.

        A full disk is no reason to wait.
        """
        retry = Deadline(time.left(self.start_retry_timeout))
        while True:
            try:
                for path, (content, mode) in files.items():
                    machine.upload(content, path, mode=mode, timeout=time.left(STEP_TIMEOUT))
            except (ConnectionLost, TransferFailed) as error:
                if retry.expired or _FULL in str(error):
                    raise
                context.log.note(f"uploading the script failed ({error}); trying again")
                context.interruption.sleep(1)
                if isinstance(error, ConnectionLost):
                    machine.reconnect(timeout=retry.left(STEP_TIMEOUT))
            else:
                return

    def _execute(self, command: str, given: bytes | None, machine: Machine, context: RunContext, time: Deadline) -> int:
        try:
            result = machine.run(
                command,
                on_output=context.log.output,
                on_errors=context.log.errors,
                stdin=given,
                timeout=time.left(STEP_TIMEOUT),
                pty=machine.pty,
            )
        except ConnectionLost as error:
            if not self.expect_disconnect and DISCONNECTED not in self.valid_exit_codes:
                raise StepFailed(
                    f"{error}. If the script is meant to cut it (a reboot), set expect_disconnect: true"
                ) from None
            context.log.note(f"{error}, as expected; reconnecting")
            machine.reconnect(at_most=time.remaining)
            return DISCONNECTED
        if self.expect_disconnect:
            self._follow_down(result, machine, context, time)
        return result.exit_code

    @staticmethod
    def _follow_down(result: CommandResult, machine: Machine, context: RunContext, time: Deadline) -> None:
        """When the script has ended but the machine goes down only now, wait for that, and for its return."""
        try:
            if result.exit_code != KILLED and machine.run(_GOING_DOWN, timeout=_CLEAN_TIMEOUT).exit_code != 0:
                return
            context.log.note("the machine is going down; waiting for its return")
            machine.run("sleep 3600", timeout=time.left(_DOWN_TIMEOUT))
        except (ConnectionLost, DeadlineExceeded):
            machine.reconnect(at_most=time.remaining)

    @staticmethod
    def _clean(paths: list[str], machine: Machine, context: RunContext) -> None:
        command = "rm -f " + " ".join(quote(machine.remote_path(path)) for path in paths)
        result = machine.run(command, timeout=_CLEAN_TIMEOUT)
        if result.exit_code != 0:
            context.log.note(f"the script could not be removed: {' '.join(result.tail)}")


def _fill(pair: str, name: str, value: str) -> str:
    escaped = value.replace("'", "'\"'\"'")
    before, between, after = (part.replace("%%", "%") for part in pair.split("%s"))
    return f"{before}{name}{between}{escaped}{after}"


def _failure(code: int) -> str:
    return "the script was ended by a signal" if code == KILLED else f"exit code {code}"
