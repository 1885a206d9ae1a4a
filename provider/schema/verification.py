"""Verification: a machine started from a new image, and commands that must succeed on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import IDENTITY, SECRET, SILENT, given
from pulumi_hyperone.provider.schema.provisioning import OnMachine
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class VerificationInputs(OnMachine):
    """The image to test (id and name), the machine to test it on, and commands that must succeed there.

    `machine` are the inputs of schema.machine.Machine; `on_verify_failure` is delete or quarantine.
    """

    communicator: Mapping[str, Any] = given(SILENT, SECRET)
    image_id: str = given(IDENTITY)
    name: str = given()
    machine: Mapping[str, Any] = given(SILENT)
    verify: Sequence[str] = given(SECRET)
    on_verify_failure: str = given()


class Verification(HyperOneResource, module="hyperone", name="Verification"):
    """An image that passed its boot test. Its id is the image's id."""

    seconds: pulumi.Output[float]
    verified_at: pulumi.Output[str]

    inputs = VerificationInputs
    computed = (*TIMES, "verified_at")
