"""What builds run: provisioners on their machines, post-processors on this computer."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.chroot.steps import mounted_chroot
from pulumi_hyperone.provider.foundation.errors import ProvisionerFailed, Refused
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.build_data import filled
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.run import run_all, run_locally
from pulumi_hyperone.provider.provisioners.shell_local import ShellLocal
from pulumi_hyperone.provider.resources.connecting import connect
from pulumi_hyperone.provider.resources.on_machine import run_context, secrets_of
from pulumi_hyperone.provider.schema.post_processing import PostProcessingInputs
from pulumi_hyperone.provider.schema.provisioning import OnMachine, ProvisioningInputs
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.image_steps import forget_key
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from pulumi_hyperone.provider.tracking.builder_watch import watched
from pulumi_hyperone.provider.tracking.heartbeat import beating, now
from pulumi_hyperone.provider.tracking.identity import PROVISIONING_TAG

# How long a session for unmounting may take to come up, in seconds, when the build's own was lost.
UNMOUNT_CONNECT = 180.0


def provision(client: Cloud, inputs: ProvisioningInputs, log: BuildLog) -> None:
    """Connect and run the provisioners."""
    provisioners = _steps(inputs, "provisioners")
    vm_id = inputs.vm_id
    with (
        watched(client, vm_id, host.interruption) as ending,
        connect(inputs, ending, log) as machine,
        beating(client, vm_id),
    ):
        client.vms.add_tags(vm_id, {PROVISIONING_TAG: now()})
        if inputs.chroot is not None:
            with _chroot(machine, inputs, log, ending) as inside:
                _run(provisioners, inside, inputs, log, ending)
                _look(inside, inputs, log)
        else:
            _run(provisioners, machine, inputs, log, ending)
            if inputs.communicator.get("ssh_clear_authorized_keys"):
                forget_key(machine, inputs.key_pair.public)
            _look(machine, inputs, log)


def _steps(inputs: OnMachine, option: str) -> list[Provisioner]:
    """The provisioners or post-processors of the image, with the build's data filled in. Raises Refused."""
    raw = filled(getattr(inputs, option), inputs.build_data)
    steps, faults = parse(raw, Path.cwd(), f"images.{inputs.image_key}.{option}")
    if faults:
        raise Refused("; ".join(str(fault) for fault in faults))
    return steps


def _run(
    provisioners: Sequence[Provisioner],
    machine: Machine,
    inputs: ProvisioningInputs,
    log: BuildLog,
    interruption: Interruption,
) -> None:
    """Run the provisioners; when one fails, error_cleanup_provisioner too. Raises ProvisionerFailed."""
    context = replace(run_context(inputs, log), interruption=interruption)
    try:
        run_all(provisioners, machine, context)
    except ProvisionerFailed as error:
        raw = filled(inputs.error_cleanup_provisioner, inputs.build_data)
        cleanup, _ = parse(raw, Path.cwd(), "error_cleanup_provisioner")
        try:
            run_all(cleanup, machine, context, label="error_cleanup_provisioner")
        except ProvisionerFailed as second:
            raise ProvisionerFailed(f"{error}\n{second}") from error
        raise


def _look(machine: Machine, inputs: ProvisioningInputs, log: BuildLog) -> None:
    """Search for what should not be in the image, and keep what is in it, where that is asked for."""
    if inputs.residue or inputs.record:
        from pulumi_hyperone.provider.resources import image_records  # noqa: PLC0415 - for such builds only

        if inputs.residue:
            image_records.settle_residue(machine, inputs, log, {*session().secrets, *secrets_of(inputs)})
        if inputs.record:
            image_records.take_record(machine, inputs, log)


def _chroot(
    machine: SshMachine, inputs: ProvisioningInputs, log: BuildLog, interruption: Interruption
) -> AbstractContextManager[ChrootMachine]:
    """The mounted chroot; it is unmounted over a session of its own when the build's was lost or interrupted."""
    host_key = machine.host_key

    def unmounter() -> SshMachine:
        with watched(session().client().for_cleanup(), inputs.vm_id, Interruption()) as ending:
            return connect(inputs, ending, log, deadline=UNMOUNT_CONNECT, host_key=host_key)

    return mounted_chroot(
        machine,
        ChrootSteps.of(inputs.chroot or {}, inputs.plugged),
        interruption=interruption,
        say=log.note,
        on_output=log.output,
        unmounter=unmounter,
    )


def post_process(inputs: PostProcessingInputs, log: BuildLog) -> None:
    """Run all post-processors in order. Raises ProvisionerFailed."""
    local = [step for step in _steps(inputs, "post_processors") if isinstance(step, ShellLocal)]
    image = {"HYPERONE_IMAGE_ID": inputs.image_id, "HYPERONE_IMAGE_NAME": inputs.image_name}
    run_locally(local, run_context(inputs, log, **image), label="post_processors")
