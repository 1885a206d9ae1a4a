"""SSH sessions to the machines of builds."""

from __future__ import annotations

from pathlib import Path

from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.process.progress import tell
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.schema.provisioning import OnMachine
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine


def connect(
    inputs: OnMachine,
    interruption: Interruption,
    log: BuildLog,
    *,
    deadline: float | None = None,
    host_key: str | None = None,
) -> SshMachine:
    """An SSH session to the builder, ready when a command really ran; what it waits for is in the log too.

    A cloud-init that `wait_for` names and that did not end well is a warning: it does not fail the build.
    `deadline` is in seconds (default: ssh_timeout); `host_key` is the one to insist on. Raises ConnectFailed with the
    last reason.
    """
    machine = SshMachine.connect(
        CommunicatorOptions.model_validate(inputs.communicator),
        inputs.address,
        private_keys=[inputs.key_pair.private],
        host_key=host_key,
        interruption=interruption,
        progress=log.note,
        deadline=deadline,
        base_dir=Path.cwd(),
    )
    machine.mask = log.mask
    if machine.cloud_init not in ("", "done", "disabled", "not installed"):
        # A row drops lines that others follow at once; this one explains what fails later, or is missing in the image.
        tell(
            f"{inputs.image_key}: cloud-init ended: {log.mask(machine.cloud_init)}; the build goes on. "
            "See /var/log/cloud-init-output.log on the machine",
            warning=True,
        )
    return machine
