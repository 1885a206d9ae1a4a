"""What whoever works on a machine of a build shares: the log and what it hides, what scripts may know, the way in."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pulumi_hyperone.provider.foundation.advice import in_checkout, make
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.log_path import log_path
from pulumi_hyperone.provider.process.progress import row
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.context import RunContext, packer_environment
from pulumi_hyperone.provider.schema.provisioning import OnMachine
from pulumi_hyperone.provider.ssh.defaults import DEFAULT_PORT, DEFAULT_USERNAME

SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY", re.IGNORECASE)


def build_log(inputs: OnMachine) -> BuildLog:
    """The log of the build. It hides the secrets of stack and build; from now on so do rows and errors."""
    secrets = secrets_of(inputs)
    session().masker.learn(secrets)
    path = log_path(inputs.build_id, inputs.image_key, inputs.stack)
    return BuildLog(path, secrets=session().masker_with(secrets), progress=row().say)


def way_in() -> str:
    """Which API the build goes through, as whom, and what decided it."""
    used = session().credentials()
    return f"API {used.api_version} at {used.api_url} ({used.chosen_by}), by {used.source}"


def run_context(inputs: OnMachine, log: BuildLog, **environment: str) -> RunContext:
    """What provisioners may know of their build; `environment` is added to that of their scripts."""
    return RunContext(
        log=log,
        interruption=host.interruption,
        base_dir=Path.cwd(),
        progress=row().say,
        environment={**packer_environment(inputs.build_name or inputs.image_key), **environment},
        ssh_line=ssh_line(inputs),
    )


def ssh_line(inputs: OnMachine) -> str:
    """The commands that let a person into the builder."""
    port = int(inputs.communicator.get("ssh_port") or DEFAULT_PORT)
    user = inputs.communicator.get("ssh_username") or DEFAULT_USERNAME
    direct = shlex.join(["ssh", *(["-p", str(port)] if port != DEFAULT_PORT else []), f"{user}@{inputs.address}"])
    if not in_checkout():
        return f"{direct} (with a key of yours that is on the machine)"
    through_make = make("ssh IMAGE=" + shlex.quote(inputs.image_key), host.current_stack())
    return f"{through_make} (or with a key of yours: {direct})"


def secrets_of(inputs: OnMachine) -> list[str]:
    """What the build itself has to hide: its key, passwords, variables with telling names, what programs mark."""
    passwords = [value for key, value in inputs.communicator.items() if "password" in key and value]
    variables = secret_variables(inputs.steps)
    return [inputs.private_key, inputs.key_pair.private, *passwords, *variables, *inputs.masked]


def secret_variables(provisioners: Iterable[Mapping[str, Any]]) -> list[str]:
    """Values of environment variables that are secrets by their names, such as DB_PASSWORD or API_TOKEN."""
    pairs: list[tuple[str, str]] = []
    for provisioner in provisioners:
        for option in ("environment_vars", "ansible_env_vars"):
            listed = provisioner.get(option) or []
            lines = listed.split(",") if isinstance(listed, str) else listed
            pairs += [(name, value) for name, _, value in (str(line).partition("=") for line in lines)]
        pairs += [(str(name), str(value)) for name, value in (provisioner.get("env") or {}).items()]
    return [value for name, value in pairs if SECRET_NAME.search(name)]
