"""TemporaryVm: the builder, and in chroot builds the carrier that is created from the chroot disk and never started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import SECRET, Owned, given
from pulumi_hyperone.provider.schema.machine import Machine
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class TemporaryVmInputs(Machine, Owned):
    """A machine and what it is in its build: `role` is one of tracking.identity; `user_data` is base64.

    The carrier needs no `image`, user data or address.
    """

    state_timeout: float = given()
    role: str = given()
    image: str = given(default="")
    ssh_keys: Sequence[str] = given()
    user_data: str = given(SECRET, default="")


class TemporaryVm(HyperOneResource, module="hyperone", name="TemporaryVm"):
    """A VM that exists only for a build. Its id is the VM's id; `address` is where SSH answers."""

    address: pulumi.Output[str]
    disk_ids: pulumi.Output[list[str]]
    netadp_id: pulumi.Output[str]

    inputs = TemporaryVmInputs
    computed = ("address", "disk_ids", "netadp_id", *TIMES)
