"""The provider of Provisioning: runs the provisioners on the machine, then stops it."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.api.http.waiting import Waiting
from pulumi_hyperone.provider.foundation.errors import (
    ConnectFailed,
    HostKeyChanged,
    HyperOneError,
    Interrupted,
    NotFound,
    Refused,
)
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.session import session
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on
from pulumi_hyperone.provider.resources.on_machine import build_log, ssh_line, way_in
from pulumi_hyperone.provider.schema.provisioning import ProvisioningInputs
from pulumi_hyperone.provider.tracking.begun import is_continued
from pulumi_hyperone.provider.tracking.heartbeat import now
from pulumi_hyperone.provider.tracking.identity import PROVISIONED_TAG, PROVISIONING_TAG
from pulumi_hyperone.provider.tracking.sweep import remove_vm

# After these nobody can log in and look.
UNREACHABLE = (ConnectFailed, HostKeyChanged)


class ProvisioningProvider(HyperOneProvider):
    """Runs the provisioners, then stops the builder. Outputs: log_file, and how long it took."""

    inputs = ProvisioningInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """Wait until the machine answers, run everything in order; stop it, unplug the chroot disk when there is one.

        The VM carries the tag `provisioning` from before the first command and `provisioned` from after the last:
        one that carries only the first is never touched again, since nobody knows how far it got. With the second one
        only what comes after the last command is done again.
        """
        inputs = ProvisioningInputs.of(props)
        log_file = self._provision(inputs)
        with going_on():
            self._power_off(inputs)
        done(f"provisioned; the whole output: {log_file}" if log_file else f"VM {inputs.vm_id} is off")
        return CreateResult(f"{inputs.build_id}-provisioned", {**props, "log_file": log_file})

    def _provision(self, inputs: ProvisioningInputs) -> str | None:
        """Run what was not run before; returns the log's path, None when nobody logs in on the machine."""
        tags = self._builder_tags(inputs)
        if PROVISIONING_TAG in tags and PROVISIONED_TAG not in tags:
            raise Refused(
                f"builder {inputs.vm_id} was left half provisioned; run `pulumi up` again, it starts a new build"
            )
        if inputs.communicator.get("communicator") == "none":
            return None
        from pulumi_hyperone.provider.resources.runs import provision  # noqa: PLC0415 - loads SSH and provisioners

        with build_log(inputs) as log:
            if PROVISIONED_TAG in tags:
                log.note("provisioned by an earlier run")
                return str(log.path)
            log.note(way_in())
            try:
                provision(self.client, inputs, log)
            except HyperOneError as error:
                self._failed(error, inputs, log)
                raise
        self.client.vms.add_tags(inputs.vm_id, {PROVISIONED_TAG: now()})
        return str(log.path)

    def _power_off(self, inputs: ProvisioningInputs) -> None:
        """Stop the VM, then unplug the chroot disk; returns when the cloud says that both are so."""
        vms, wait = self.client.vms, Waiting(deadline=inputs.state_timeout, on_wait=say)
        say(f"stopping VM {inputs.vm_id}")
        vms.stop(inputs.vm_id, **wait)
        if inputs.plugged:
            disk_id = inputs.plugged["disk_id"]
            say(f"unplugging disk {disk_id}")
            vms.detach(inputs.vm_id, disk_id, **wait)

    def _builder_tags(self, inputs: ProvisioningInputs) -> Mapping[str, str]:
        if not is_continued(inputs.build_id):
            return {}  # which a new builder has none of
        try:
            return self.client.vms.get(inputs.vm_id).tags
        except NotFound as error:
            # In other builds the Build has seen that there is neither image nor builder, and starts anew.
            if inputs.skip_create_image:
                raise Refused(f"{error}; run `pulumi destroy`, then `pulumi up` to start over") from None
            raise

    def _failed(self, error: HyperOneError, inputs: ProvisioningInputs, log: BuildLog) -> None:
        """Tell what the user can do about the failed machine, or remove it when on_failure says so."""
        if isinstance(error, Interrupted):
            return
        if inputs.on_failure == "cleanup":
            say(f"removing VM {inputs.vm_id} (on_failure: cleanup)")
            hint = "the builder was removed (on_failure: cleanup)"
            try:
                remove_vm(session().client().for_cleanup(), inputs.vm_id)
            except HyperOneError as second:
                hint = (
                    "the builder stays until the next `pulumi up` or `pulumi destroy`: "
                    f"it could not be removed (on_failure: cleanup): {second}"
                )
        elif isinstance(error, NotFound):
            return
        else:
            hint = "the builder stays for inspection until the next `pulumi up` or `pulumi destroy`"
            if not isinstance(error, UNREACHABLE):
                hint += f"\nlook at it with: {ssh_line(inputs)}"
        error.args = (f"{error}\n{log.where}\n{hint}",)
