"""Verification: a machine started from a new image, and commands that must succeed on it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, Resource

from pulumi_hyperone.provider.foundation.errors import DeadlineExceeded, LeftBehind, Refused, SshError
from pulumi_hyperone.provider.process import host
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.provisioners import BuildLog
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, undone_on_failure
from pulumi_hyperone.provider.resources.provisioning import build_log, connect
from pulumi_hyperone.provider.resources.temporary_vm import TemporaryVmProvider
from pulumi_hyperone.provider.tracking.heartbeat import beating, now
from pulumi_hyperone.provider.tracking.identity import QUARANTINE_TAG, VERIFIER, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_vm, remove_vms, sweep

SECRETS = ["private_key", "communicator", "verify", "masked"]
QUARANTINE = "quarantine"


class VerificationProvider(HyperOneProvider):
    """Tests an image once, before anybody gets its id. Other commands count from the next image on."""

    identities: ClassVar[tuple[str, ...]] = ("build_id", "image_id")
    silent: ClassVar[tuple[str, ...]] = (
        "stack",
        "image_key",
        "private_key",
        "public_key",
        "communicator",
        "machine",
        "masked",
    )

    @timed
    def create(self, props: Props) -> CreateResult:
        """Start a machine, run the commands, remove the machine.

        When the machine does not answer or a command fails, the image is removed with its build, or gets the tag
        `quarantine`; then Refused is raised. Trouble with the cloud leaves the image for another try.
        """
        say(f"starting a machine from image {props['image_id']}")
        mine = role_tags(props["build_id"], VERIFIER)
        vm = TemporaryVmProvider().create(verifier_props(props))
        made = vm.outs or {}
        log = build_log(props)
        try:
            with undone_on_failure("the machine of the boot test", lambda undo: remove_vms(undo, mine)):
                failure = self._tested({**props, "address": made["address"]}, vm.id, log)
        finally:
            log.close()
        remove_vm(self.client, vm.id, also_disks=made["disk_ids"], deadline=props["state_timeout"])
        if failure:
            self._refuse(props, f"{failure}\nthe whole output: {log.path}")
        done(f"image {props['image_id']} passed its boot test")
        return CreateResult(props["image_id"], {**props, "verified_at": now()})

    def _tested(self, props: Props, vm_id: str, log: BuildLog) -> str:
        """What is wrong with the image; empty when nothing is."""
        try:
            with connect(props, host.interruption, log) as machine, beating(self.client, vm_id):
                for index, command in enumerate(props["verify"]):
                    log.begin()
                    log.note(f"verify[{index}]: {command}")
                    machine.run(
                        command,
                        on_output=log.output,
                        on_errors=log.errors,
                        timeout=props["state_timeout"],
                        check=True,
                    )
        except (SshError, DeadlineExceeded) as error:
            return log.mask(str(error))
        return ""

    def _refuse(self, props: Props, failure: str) -> None:
        """Take the image away from consumers and say so. Raises Refused."""
        image = f"image {props['name']} ({props['image_id']})"
        if props["on_verify_failure"] == QUARANTINE:
            self.client.images.add_tags(props["image_id"], {QUARANTINE_TAG: now()})
            fate = f"it is kept under the tag {QUARANTINE_TAG}"
        else:
            say(f"removing {image}")
            try:
                sweep(self.client, props["build_id"], images=True)
                fate = "it was removed with its build"
            except LeftBehind as error:
                fate = f"it could not be removed ({error})"
        raise Refused(f"{image} failed its boot test, {fate}; the next `pulumi up` builds anew: {failure}")


def verifier_props(props: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a TemporaryVm that is started from the image.

    Fixed addresses still belong to the builder: the machine gets free ones, a public one where the builder has one.
    """
    machine = {**props["machine"], "private_ip": None, "public_ip": None}
    if props["machine"].get("public_ip"):
        machine["network"] = None
    owner = {key: props[key] for key in ("build_id", "image_key", "stack", "stack_id", "state_timeout")}
    return {
        **machine,
        **owner,
        "role": VERIFIER,
        "name": f"{machine['name']}-verifier",
        "image": props["image_id"],
        "ssh_keys": [props["public_key"]],
    }


class Verification(Resource, module="hyperone", name="Verification"):
    """An image that passed its boot test. Its id is the image's id."""

    seconds: pulumi.Output[float]
    verified_at: pulumi.Output[str]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Take the inputs.

        `props`: build_id, image_id, name (the image's), machine (see temporary_vm.vm_body), private_key, public_key,
        communicator, verify (commands), on_verify_failure (delete or quarantine), owner.
        """
        computed = dict.fromkeys((*TIMES, "verified_at"))
        secrets = pulumi.ResourceOptions(additional_secret_outputs=SECRETS)
        super().__init__(
            VerificationProvider(), name, {**computed, **props}, pulumi.ResourceOptions.merge(secrets, opts)
        )
