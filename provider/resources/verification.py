"""The provider of Verification: starts a machine from the image and runs commands on it."""

from __future__ import annotations

from dataclasses import replace

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.foundation.errors import BootTestFailed, DeadlineExceeded, HyperOneError, SshError
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, undone_on_failure
from pulumi_hyperone.provider.resources.on_machine import build_log
from pulumi_hyperone.provider.resources.temporary_vm import TemporaryVmProvider
from pulumi_hyperone.provider.schema.inputs import Owned
from pulumi_hyperone.provider.schema.machine import Machine
from pulumi_hyperone.provider.schema.temporary_vm import TemporaryVmInputs
from pulumi_hyperone.provider.schema.verification import VerificationInputs
from pulumi_hyperone.provider.tracking.heartbeat import beating, now
from pulumi_hyperone.provider.tracking.identity import QUARANTINE_TAG, VERIFIER, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_vm, remove_vms, sweep

QUARANTINE = "quarantine"


class VerificationProvider(HyperOneProvider):
    """Tests an image once, before anybody gets its id. Other commands count from the next image on."""

    inputs = VerificationInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """Start a machine, run the commands, remove the machine.

        When the machine does not answer or a command fails, the image is removed with its build, or gets the tag
        `quarantine`; then Refused is raised. Trouble with the cloud leaves the image for another try.
        """
        inputs = VerificationInputs.of(props)
        say(f"starting a machine from image {inputs.image_id}")
        mine = role_tags(inputs.build_id, VERIFIER)
        vm_id, made = TemporaryVmProvider().start(verifier(inputs))
        undone = undone_on_failure("the machine of the boot test", lambda undo: remove_vms(undo, mine))
        with undone, build_log(inputs) as log:
            failure = self._tested(replace(inputs, address=made["address"]), vm_id, log)
        remove_vm(self.client, vm_id, also_disks=made["disk_ids"], deadline=inputs.state_timeout)
        if failure:
            self._refuse(inputs, f"{failure}\n{log.where}")
        done(f"image {inputs.image_id} passed its boot test")
        return CreateResult(inputs.image_id, {**props, "verified_at": now()})

    def _tested(self, inputs: VerificationInputs, vm_id: str, log: BuildLog) -> str:
        """What is wrong with the image; empty when nothing is."""
        from pulumi_hyperone.provider.resources.connecting import connect  # noqa: PLC0415 - loads SSH

        try:
            with connect(inputs, host.interruption, log) as machine, beating(self.client, vm_id):
                for index, command in enumerate(inputs.verify):
                    log.begin()
                    log.note(f"verify[{index}]: {command}")
                    limit = inputs.state_timeout
                    machine.run(command, on_output=log.output, on_errors=log.errors, timeout=limit, check=True)
        except (SshError, DeadlineExceeded) as error:
            return log.mask(str(error))
        return ""

    def _refuse(self, inputs: VerificationInputs, failure: str) -> None:
        """Take the image away from consumers and say so. Raises BootTestFailed."""
        image, then = f"image {inputs.name} ({inputs.image_id})", "builds a new one"
        try:
            if inputs.on_verify_failure == QUARANTINE:
                self.client.images.add_tags(inputs.image_id, {QUARANTINE_TAG: now()})
                fate = f"it is kept under the tag {QUARANTINE_TAG}"
            else:
                say(f"removing {image}")
                sweep(self.client, inputs.build_id, images=True)
                fate = "it was removed with its build"
        except HyperOneError as error:
            fate, then = f"on_verify_failure: {inputs.on_verify_failure} could not be done ({error})", "tries again"
        raise BootTestFailed(f"{image} failed its boot test, {fate}; the next `pulumi up` {then}: {failure}")


def verifier(inputs: VerificationInputs) -> TemporaryVmInputs:
    """The inputs of a VM that is started from the image.

    Fixed addresses still belong to the builder: the machine gets free ones, a public one where the builder has one.
    """
    machine = Machine.of(inputs.machine)
    if machine.public_ip:
        machine = replace(machine, network="")
    free = replace(machine, private_ip="", public_ip="", name=f"{machine.name}-verifier")
    owner = {name: getattr(inputs, name) for name in Owned.names()}
    keys = [inputs.key_pair.public]
    return TemporaryVmInputs(**vars(free), **owner, role=VERIFIER, image=inputs.image_id, ssh_keys=keys)
