"""Provisioning: what was run on the machine, once, from the first command to the last; then the machine is off."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pulumi

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import SECRET, SILENT, Owned, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource
from pulumi_hyperone.provider.ssh.defaults import DEFAULT_PORT, DEFAULT_USERNAME
from pulumi_hyperone.provider.tracking.identity import key_comment

if TYPE_CHECKING:
    from pulumi_hyperone.provider.ssh.keys import KeyPair


@dataclass(frozen=True, kw_only=True)
class OnMachine(Owned):
    """What whoever works on a build's machine, or with its data, is told.

    `communicator` are the options of docs/communicator.md, `private_key` is the build's, `build_name` the Packer
    template's name for it, `masked` are texts that no log may show.
    """

    vm_id: str = given(default="")
    address: str = given(SILENT, default="")
    private_key: str = given(SILENT, SECRET)
    communicator: Mapping[str, Any] = given(SECRET)
    build_name: str = given(SILENT, default="")
    masked: Sequence[str] = given(SILENT, SECRET, default=())

    @cached_property
    def key_pair(self) -> KeyPair:
        """The temporary key pair of the build."""
        from pulumi_hyperone.provider.ssh.keys import unpacked  # noqa: PLC0415 - loads paramiko

        return unpacked(self.private_key, key_comment(self.build_id))

    @property
    def build_data(self) -> dict[str, str]:
        """What Packer's function `build` gives (API facts 3.2); `ID` is the builder."""
        communicator = self.communicator
        return {
            "ID": self.vm_id,
            "Host": self.address,
            "Port": str(int(communicator.get("ssh_port") or DEFAULT_PORT)),
            "User": str(communicator.get("ssh_username") or DEFAULT_USERNAME),
            "Password": str(communicator.get("ssh_password") or ""),
            "ConnType": str(communicator.get("communicator") or "ssh"),
            "SSHPublicKey": self.key_pair.public,
            "SSHPrivateKey": self.key_pair.private,
            "PackerRunUUID": str(uuid.UUID(self.build_id)),
        }

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """The provisioners that it runs, as settings."""
        return ()


@dataclass(frozen=True, kw_only=True)
class ProvisioningInputs(OnMachine):
    """What to run; in a chroot build how to make the chroot and where its disk is plugged.

    `record`: keep what is in the image; `residue`: what becomes of what should not be in it (docs/records.md), which is
    searched for by when the build began (`timestamp`, Unix seconds).
    """

    provisioners: Sequence[Mapping[str, Any]] = given(SECRET)
    error_cleanup_provisioner: Sequence[Mapping[str, Any]] = given(SECRET, default=())
    chroot: Mapping[str, Any] | None = given(SECRET, default=None)
    plugged: Mapping[str, Any] = given(SILENT, default=None)
    on_failure: str = given(default="keep")
    record: bool = given(SILENT, default=False)
    residue: str = given(SILENT, default="")
    timestamp: float = given(SILENT, default=0)

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """The provisioners, and those that run when one fails."""
        return [*self.provisioners, *self.error_cleanup_provisioner]


class Provisioning(HyperOneResource, module="hyperone", name="Provisioning"):
    """The provisioners of one build, run; the builder is off, and the chroot disk unplugged from it."""

    log_file: pulumi.Output[str]
    seconds: pulumi.Output[float]

    inputs = ProvisioningInputs
    computed = ("log_file", *TIMES)
