"""The provider of Provisioning: runs the provisioners on the machine."""

from __future__ import annotations

from collections.abc import Mapping

from pulumi.dynamic import CreateResult

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
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.resources.on_machine import build_log, ssh_line, way_in
from pulumi_hyperone.provider.schema.provisioning import ProvisioningInputs
from pulumi_hyperone.provider.tracking.begun import is_continued
from pulumi_hyperone.provider.tracking.heartbeat import now
from pulumi_hyperone.provider.tracking.identity import PROVISIONED_TAG, PROVISIONING_TAG
from pulumi_hyperone.provider.tracking.sweep import remove_vm

# After these nobody can log in and look.
UNREACHABLE = (ConnectFailed, HostKeyChanged)


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
        from pulumi_hyperone.provider.resources.runs import provision  # noqa: PLC0415 - loads SSH and provisioners

        with build_log(inputs) as log:
            log.note(way_in())
            try:
                host_key = provision(client, inputs, log)
            except HyperOneError as error:
                self._failed(error, inputs, log)
                raise
        client.vms.add_tags(inputs.vm_id, {PROVISIONED_TAG: now()})
        done(f"provisioned; the whole output: {log.path}")
        return CreateResult(id_, {**props, "host_key": host_key, "log_file": str(log.path)})

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
            remove_vm(session().client().for_cleanup(), inputs.vm_id)
            hint = f"the builder was removed (on_failure: cleanup); the whole output is in {log.path}"
        elif isinstance(error, NotFound):
            return
        else:
            hint = f"the builder stays for inspection until the next `pulumi up` or `pulumi destroy`; log: {log.path}"
            if not isinstance(error, UNREACHABLE):
                hint += f"\nlook at it with: {ssh_line(inputs)}"
        error.args = (f"{error}\n{hint}",)
