"""Provisioning: what was run on the machine, once, from the first command to the last."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, Resource

from pulumi_hyperone.provider.chroot import ChrootSteps, mounted_chroot
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
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.provisioners import BuildLog, Provisioner, RunContext, packer_environment, parse, run_all
from pulumi_hyperone.provider.provisioners.build_data import build_data, filled
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, secrets_marked
from pulumi_hyperone.provider.ssh import ChrootMachine, CommunicatorOptions, Machine, SshMachine, forget_key
from pulumi_hyperone.provider.ssh.communicator import DEFAULT_PORT, DEFAULT_USERNAME
from pulumi_hyperone.provider.tracking.builder_watch import watched
from pulumi_hyperone.provider.tracking.heartbeat import beating, now
from pulumi_hyperone.provider.tracking.identity import PROVISIONED_TAG, PROVISIONING_TAG
from pulumi_hyperone.provider.tracking.sweep import remove_vm

SECRETS = ["private_key", "communicator", "provisioners", "error_cleanup_provisioner", "chroot", "masked"]
SECRET_NAME = re.compile(r"PASS|SECRET|TOKEN|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY", re.IGNORECASE)
# After these nobody can log in and look.
UNREACHABLE = (ConnectFailed, HostKeyChanged)
# How long a session for unmounting may take to come up, in seconds, when the build's own was lost.
UNMOUNT_CONNECT = 180.0


class ProvisioningProvider(HyperOneProvider):
    """Runs the provisioners. Outputs: host_key, log_file, and how long it took."""

    silent: ClassVar[tuple[str, ...]] = (
        "stack",
        "image_key",
        "address",
        "timestamp",
        "private_key",
        "public_key",
        "plugged",
        "build_name",
        "masked",
    )

    @timed
    def create(self, props: Props) -> CreateResult:
        """Wait until the machine answers, run everything in order.

        The VM carries the tag `provisioning` from before the first command and `provisioned` from after the last:
        one that carries only the first is never touched again, since nobody knows how far it got.
        """
        client, vm_id = self.client, props["vm_id"]
        tags = client.vms.get(vm_id).tags
        id_ = f"{props['build_id']}-provisioned"
        if PROVISIONED_TAG in tags:
            return CreateResult(id_, {**props, "host_key": None, "log_file": None})
        if PROVISIONING_TAG in tags:
            raise Refused(f"builder {vm_id} was left half provisioned; run `pulumi up` again, it starts a new build")
        if props["communicator"].get("communicator") == "none":
            return CreateResult(id_, {**props, "host_key": None, "log_file": None})
        log = build_log(props)
        try:
            host_key = self._provision(props, log)
        except HyperOneError as error:
            self._failed(error, props, log)
            raise
        finally:
            log.close()
        client.vms.add_tags(vm_id, {PROVISIONED_TAG: now()})
        done(f"provisioned; the whole output: {log.path}")
        return CreateResult(id_, {**props, "host_key": host_key, "log_file": str(log.path)})

    def _provision(self, props: Props, log: BuildLog) -> str:
        """Connect and run; returns the machine's host key as pinned."""
        raw = filled(props["provisioners"], build_data(props))
        provisioners, faults = parse(raw, Path.cwd(), f"images.{props['image_key']}.provisioners")
        if faults:
            raise Refused("; ".join(str(fault) for fault in faults))
        client, vm_id = self.client, props["vm_id"]
        with (
            watched(client, vm_id, host.interruption) as ending,
            connect(props, ending, log) as machine,
            beating(client, vm_id),
        ):
            client.vms.add_tags(vm_id, {PROVISIONING_TAG: now()})
            if props.get("chroot"):
                with _chroot(machine, {**props, "host_key": machine.host_key}, log, ending) as inside:
                    _run(provisioners, inside, props, log, ending)
            else:
                _run(provisioners, machine, props, log, ending)
                if props["communicator"].get("ssh_clear_authorized_keys"):
                    forget_key(machine, props["public_key"])
            return machine.host_key

    def _failed(self, error: HyperOneError, props: Props, log: BuildLog) -> None:
        """Tell what the user can do about the failed machine, or remove it when on_failure says so."""
        if isinstance(error, Interrupted):
            return
        if props.get("on_failure") == "cleanup":
            say(f"removing VM {props['vm_id']} (on_failure: cleanup)")
            remove_vm(session().client().for_cleanup(), props["vm_id"])
            hint = f"the builder was removed (on_failure: cleanup); the whole output is in {log.path}"
        elif isinstance(error, NotFound):
            return
        else:
            hint = f"the builder stays for inspection until the next `pulumi up` or `pulumi destroy`; log: {log.path}"
            if not isinstance(error, UNREACHABLE):
                hint += f"\nlook at it with: {ssh_line(props)}"
        error.args = (f"{error}\n{hint}",)


def _run(
    provisioners: Sequence[Provisioner], machine: Machine, props: Props, log: BuildLog, interruption: Interruption
) -> None:
    """Run the provisioners; when one fails, error_cleanup_provisioner too. Raises ProvisionerFailed."""
    context = replace(run_context(props, log), interruption=interruption)
    try:
        run_all(provisioners, machine, context)
    except ProvisionerFailed as error:
        raw = filled(props.get("error_cleanup_provisioner") or [], build_data(props))
        cleanup, _ = parse(raw, Path.cwd(), "error_cleanup_provisioner")
        try:
            run_all(cleanup, machine, context, label="error_cleanup_provisioner")
        except ProvisionerFailed as second:
            raise ProvisionerFailed(f"{error}\n{second}") from error
        raise


def _chroot(
    machine: SshMachine, props: Props, log: BuildLog, interruption: Interruption
) -> AbstractContextManager[ChrootMachine]:
    """The mounted chroot; it is unmounted over a session of its own when the build's was lost or interrupted."""

    def unmounter() -> SshMachine:
        with watched(session().client().for_cleanup(), props["vm_id"], Interruption()) as ending:
            return connect(props, ending, log, deadline=UNMOUNT_CONNECT)

    return mounted_chroot(
        machine,
        ChrootSteps.of(props["chroot"], props["plugged"]),
        interruption=interruption,
        say=log.note,
        on_output=log.output,
        unmounter=unmounter,
    )


def connect(
    props: Mapping[str, Any], interruption: Interruption, log: BuildLog, *, deadline: float | None = None
) -> SshMachine:
    """An SSH session to the builder, ready when a command really ran; what it waits for is in the log too.

    `deadline` is in seconds (default: ssh_timeout). Raises ConnectFailed with the last reason.
    """
    machine = SshMachine.connect(
        CommunicatorOptions.model_validate(props["communicator"]),
        props["address"],
        private_keys=[props["private_key"]],
        host_key=props.get("host_key"),
        interruption=interruption,
        progress=log.note,
        deadline=deadline,
        base_dir=Path.cwd(),
    )
    machine.mask = log.mask
    return machine


def build_log(props: Mapping[str, Any]) -> BuildLog:
    """The log of the build. It hides the secrets of stack and build; from now on so do rows and errors."""
    secrets = secrets_of(props)
    session().masker.learn(secrets)
    return BuildLog(log_path(props), secrets={*session().secrets, *secrets}, progress=row().say)


def run_context(props: Mapping[str, Any], log: BuildLog, **environment: str) -> RunContext:
    """What provisioners may know of their build; `environment` is added to that of their scripts."""
    return RunContext(
        build_id=props["build_id"],
        timestamp=int(props["timestamp"]),
        log=log,
        interruption=host.interruption,
        base_dir=Path.cwd(),
        progress=row().say,
        environment={**packer_environment(props.get("build_name") or props["image_key"]), **environment},
        ssh_line=ssh_line(props),
    )


def ssh_line(props: Mapping[str, Any]) -> str:
    """The commands that let a person into the builder."""
    communicator = props["communicator"]
    port = int(communicator.get("ssh_port") or DEFAULT_PORT)
    user = communicator.get("ssh_username") or DEFAULT_USERNAME
    direct = shlex.join(["ssh", *(["-p", str(port)] if port != DEFAULT_PORT else []), f"{user}@{props['address']}"])
    if not in_checkout():
        return f"{direct} (with a key of yours that is on the machine)"
    through_make = make("ssh IMAGE=" + shlex.quote(props["image_key"]), host.current_stack())
    return f"{through_make} (or with a key of yours: {direct})"


def secrets_of(props: Mapping[str, Any]) -> list[str]:
    """What the build itself has to hide: its key, passwords, variables with telling names, what programs mark."""
    communicator = props["communicator"]
    passwords = [value for key, value in communicator.items() if "password" in key and value]
    lists = ("provisioners", "error_cleanup_provisioner", "post_processors")
    variables = secret_variables(step for name in lists for step in props.get(name) or [])
    return [props["private_key"], *passwords, *variables, *secrets_marked(dict(props))]


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


class Provisioning(Resource, module="hyperone", name="Provisioning"):
    """The provisioners of one build, run."""

    host_key: pulumi.Output[str]
    log_file: pulumi.Output[str]
    seconds: pulumi.Output[float]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: build_id, vm_id, address, private_key, communicator, provisioners, timestamp, on_failure, owner."""
        computed = dict.fromkeys(("host_key", "log_file", *TIMES))
        secrets = pulumi.ResourceOptions(additional_secret_outputs=SECRETS)
        super().__init__(
            ProvisioningProvider(), name, {**computed, **props}, pulumi.ResourceOptions.merge(secrets, opts)
        )
