"""The provider of Provisioning: runs the provisioners on the machine."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.chroot.options import ChrootSteps
from pulumi_hyperone.provider.chroot.steps import mounted_chroot
from pulumi_hyperone.provider.foundation.advice import in_checkout, make
from pulumi_hyperone.provider.foundation.errors import (
    ConnectFailed,
    HostKeyChanged,
    HyperOneError,
    Interrupted,
    NotFound,
    ProvisionerFailed,
    Refused,
)
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.log_path import log_path
from pulumi_hyperone.provider.process.progress import done, row, say
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.provisioners.base import Provisioner
from pulumi_hyperone.provider.provisioners.build_data import filled
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.context import RunContext, packer_environment
from pulumi_hyperone.provider.provisioners.run import run_all
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.schema.provisioning import OnMachine, ProvisioningInputs
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.communicator import DEFAULT_PORT, DEFAULT_USERNAME, CommunicatorOptions
from pulumi_hyperone.provider.ssh.image_steps import forget_key
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from pulumi_hyperone.provider.tracking.builder_watch import watched
from pulumi_hyperone.provider.tracking.heartbeat import beating, now
from pulumi_hyperone.provider.tracking.identity import PROVISIONED_TAG, PROVISIONING_TAG
from pulumi_hyperone.provider.tracking.sweep import remove_vm

SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY", re.IGNORECASE)
# After these nobody can log in and look.
UNREACHABLE = (ConnectFailed, HostKeyChanged)
# How long a session for unmounting may take to come up, in seconds, when the build's own was lost.
UNMOUNT_CONNECT = 180.0


class ProvisioningProvider(HyperOneProvider):
    """Runs the provisioners. Outputs: host_key, log_file, and how long it took."""

    inputs = ProvisioningInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """Wait until the machine answers, run everything in order.

        The VM carries the tag `provisioning` from before the first command and `provisioned` from after the last:
        one that carries only the first is never touched again, since nobody knows how far it got.
        """
        inputs, client = ProvisioningInputs.of(props), self.client
        tags = self._builder_tags(inputs)
        id_ = f"{inputs.build_id}-provisioned"
        if PROVISIONED_TAG in tags:
            return CreateResult(id_, {**props, "host_key": None, "log_file": None})
        if PROVISIONING_TAG in tags:
            raise Refused(
                f"builder {inputs.vm_id} was left half provisioned; run `pulumi up` again, it starts a new build"
            )
        if inputs.communicator.get("communicator") == "none":
            return CreateResult(id_, {**props, "host_key": None, "log_file": None})
        log = build_log(inputs)
        log.note(way_in())
        try:
            host_key = self._provision(inputs, log)
        except HyperOneError as error:
            self._failed(error, inputs, log)
            raise
        finally:
            log.close()
        client.vms.add_tags(inputs.vm_id, {PROVISIONED_TAG: now()})
        done(f"provisioned; the whole output: {log.path}")
        return CreateResult(id_, {**props, "host_key": host_key, "log_file": str(log.path)})

    def _builder_tags(self, inputs: ProvisioningInputs) -> Mapping[str, str]:
        try:
            return self.client.vms.get(inputs.vm_id).tags
        except NotFound as error:
            # In other builds the Build has seen that there is neither image nor builder, and starts anew.
            if inputs.skip_create_image:
                raise Refused(f"{error}; run `pulumi destroy`, then `pulumi up` to start anew") from None
            raise

    def _provision(self, inputs: ProvisioningInputs, log: BuildLog) -> str:
        """Connect and run; returns the machine's host key as pinned."""
        raw = filled(inputs.provisioners, inputs.build_data)
        provisioners, faults = parse(raw, Path.cwd(), f"images.{inputs.image_key}.provisioners")
        if faults:
            raise Refused("; ".join(str(fault) for fault in faults))
        client, vm_id = self.client, inputs.vm_id
        with (
            watched(client, vm_id, host.interruption) as ending,
            connect(inputs, ending, log) as machine,
            beating(client, vm_id),
        ):
            client.vms.add_tags(vm_id, {PROVISIONING_TAG: now()})
            if inputs.chroot is not None:
                with _chroot(machine, inputs, log, ending) as inside:
                    _run(provisioners, inside, inputs, log, ending)
            else:
                _run(provisioners, machine, inputs, log, ending)
                if inputs.communicator.get("ssh_clear_authorized_keys"):
                    forget_key(machine, inputs.public_key)
            return machine.host_key

    def _failed(self, error: HyperOneError, inputs: ProvisioningInputs, log: BuildLog) -> None:
        """Tell what the user can do about the failed machine, or remove it when on_failure says so."""
        if isinstance(error, Interrupted):
            return
        if inputs.on_failure == "cleanup":
            say(f"removing VM {inputs.vm_id} (on_failure: cleanup)")
            remove_vm(session().client().for_cleanup(), inputs.vm_id)
            hint = f"the builder was removed (on_failure: cleanup); the whole output is in {log.path}"
        elif isinstance(error, NotFound):
            return
        else:
            hint = f"the builder stays for inspection until the next `pulumi up` or `pulumi destroy`; log: {log.path}"
            if not isinstance(error, UNREACHABLE):
                hint += f"\nlook at it with: {ssh_line(inputs)}"
        error.args = (f"{error}\n{hint}",)


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


def connect(
    inputs: OnMachine,
    interruption: Interruption,
    log: BuildLog,
    *,
    deadline: float | None = None,
    host_key: str | None = None,
) -> SshMachine:
    """An SSH session to the builder, ready when a command really ran; what it waits for is in the log too.

    `deadline` is in seconds (default: ssh_timeout); `host_key` is the one to insist on. Raises ConnectFailed with the
    last reason.
    """
    machine = SshMachine.connect(
        CommunicatorOptions.model_validate(inputs.communicator),
        inputs.address,
        private_keys=[inputs.private_key],
        host_key=host_key,
        interruption=interruption,
        progress=log.note,
        deadline=deadline,
        base_dir=Path.cwd(),
    )
    machine.mask = log.mask
    return machine


def build_log(inputs: OnMachine) -> BuildLog:
    """The log of the build. It hides the secrets of stack and build; from now on so do rows and errors."""
    secrets = secrets_of(inputs)
    session().masker.learn(secrets)
    path = log_path(inputs.build_id, inputs.image_key, inputs.stack)
    return BuildLog(path, secrets={*session().secrets, *secrets}, progress=row().say)


def way_in() -> str:
    """Which API the build goes through, as whom, and what decided it."""
    used = session().credentials()
    return f"API {used.api_version} at {used.api_url} ({used.chosen_by}), by {used.source}"


def run_context(inputs: OnMachine, log: BuildLog, **environment: str) -> RunContext:
    """What provisioners may know of their build; `environment` is added to that of their scripts."""
    return RunContext(
        build_id=inputs.build_id,
        timestamp=int(inputs.timestamp),
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
    return [inputs.private_key, *passwords, *variables, *inputs.masked]


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
