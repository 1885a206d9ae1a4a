"""The `ansible` provisioner: ansible-playbook on this computer, with an inventory and key made for the build."""

from __future__ import annotations

import shlex
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field, field_validator

from pulumi_hyperone.provider.foundation.deadline import Deadline
from pulumi_hyperone.provider.foundation.faults import Fault, join_path
from pulumi_hyperone.provider.foundation.local_files import local_file
from pulumi_hyperone.provider.foundation.option import Option
from pulumi_hyperone.provider.foundation.weak_types import WeakBool, WeakStr, WeakStrList
from pulumi_hyperone.provider.provisioners.base import Given, Provisioner, StepFailed, file_faults
from pulumi_hyperone.provider.provisioners.context import RunContext
from pulumi_hyperone.provider.provisioners.extra_vars import hidden
from pulumi_hyperone.provider.provisioners.local_process import run_local

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.machine import Machine

_BESIDE = ("roles", "group_vars", "host_vars", "files", "templates", "vars", "tasks", "handlers", "library")
"""What a playbook takes from its own folder without naming it."""


class Ansible(Provisioner):
    """A playbook: Ansible connects to the machine by itself, over the same host key, user, key and bastion as we do."""

    volatile: ClassVar[frozenset[str]] = Provisioner.volatile | {"command", "galaxy_command", "keep_inventory_file"}

    type: Literal["ansible"]
    playbook_file: Annotated[Given, Option(file=True)]
    command: WeakStr = "ansible-playbook"
    extra_arguments: WeakStrList = Field(default_factory=list)
    ansible_env_vars: WeakStrList = Field(default_factory=list)
    host_alias: WeakStr = "default"
    groups: WeakStrList = Field(default_factory=list)
    empty_groups: WeakStrList = Field(default_factory=list)
    user: WeakStr = ""
    galaxy_file: Annotated[WeakStr, Option(file=True)] = ""
    galaxy_command: WeakStr = "ansible-galaxy"
    roles_path: Annotated[WeakStr, Option(file=True)] = ""
    keep_inventory_file: WeakBool = False

    @field_validator("ansible_env_vars")
    @classmethod
    def _pairs(cls, value: list[str]) -> list[str]:
        for position, pair in enumerate(value):
            if not pair.partition("=")[1]:
                raise ValueError(f"entry {position + 1} must be of the form NAME=value")
        return value

    @property
    def summary(self) -> str:
        """The playbook."""
        return self.playbook_file

    def faults(self, base_dir: Path, path: str) -> list[Fault]:
        """Check the playbook, what is needed to run it, and the requirements file."""
        read = [(place, name) for place, name in self.named_files(path) if not place.endswith("roles_path")]
        found = file_faults(read, base_dir)
        programs = {"command": self.command} | ({"galaxy_command": self.galaxy_command} if self.galaxy_file else {})
        for option, program in programs.items():
            try:
                words = shlex.split(program)
            except ValueError as error:
                found.append(Fault(join_path(path, option), f"{program!r} is not a valid command line: {error}"))
                continue
            if not words or shutil.which(words[0]) is None:
                found.append(Fault(join_path(path, option), f"{program!r} is not installed here (pip: ansible-core)"))
        return found

    def beside(self, base_dir: Path) -> list[str]:
        """Return the folders beside the playbook that Ansible reads by itself."""
        folder = Path(self.playbook_file).parent
        names = (f"{folder / name}/" for name in _BESIDE)
        return [name for name in names if local_file(name, base_dir).is_dir()]

    def run(self, machine: Machine, context: RunContext, time: Deadline) -> None:
        """Run the playbook."""
        from pulumi_hyperone.provider.provisioners import inventory  # noqa: PLC0415 - loads paramiko

        reached = inventory.reached_over_ssh(machine)
        environment = self._environment(context)
        folder = Path(tempfile.mkdtemp(prefix="hyperone-ansible-"))
        try:
            hosts = inventory.write_inventory(self, reached, folder)
            if self.galaxy_file:
                roles = ["-p", self.roles_path] if self.roles_path else []
                command = [*shlex.split(self.galaxy_command), "install", "-r", self.galaxy_file, *roles]
                self._run(command, environment, context, time)
            arguments = hidden(self.extra_arguments, folder)
            # Unlike the other names, Ansible takes a playbook's as it is.
            playbook = str(local_file(self.playbook_file, context.base_dir))
            command = [*shlex.split(self.command), "-i", str(hosts), *arguments, playbook]
            self._run(command, environment, context, time)
        finally:
            if self.keep_inventory_file:
                for file in (folder / "key", *folder.glob("extra_vars_*")):
                    file.unlink(missing_ok=True)
                context.log.note(f"the inventory is kept in {folder}; the key and extra variables are removed")
            else:
                shutil.rmtree(folder, ignore_errors=True)

    def _run(self, command: list[str], environment: dict[str, str], context: RunContext, time: Deadline) -> None:
        code = run_local(command, environment=environment, folder=context.base_dir, context=context, time=time)
        if code != 0:
            raise StepFailed(f"{command[0]} ended with exit code {code}")

    def _environment(self, context: RunContext) -> dict[str, str]:
        environment = {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1", "ANSIBLE_RETRY_FILES_ENABLED": "0"}
        # The key of the machine is pinned in a file of ours, so a check of it never asks anybody.
        environment["ANSIBLE_HOST_KEY_CHECKING"] = "True"
        if self.roles_path:
            environment["ANSIBLE_ROLES_PATH"] = str(local_file(self.roles_path, context.base_dir))
        environment.update(context.environment)
        environment.update(pair.partition("=")[::2] for pair in self.ansible_env_vars)
        return environment
