"""Release: what a build needed in the cloud removed as soon as its image exists, or when there is to be none."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import IDENTITY, PartOfBuild, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class ReleaseInputs(PartOfBuild):
    """The image that is done (id); empty with `skip_create_image`."""

    image_id: str = given(IDENTITY, default="")


class Release(HyperOneResource, module="hyperone", name="Release"):
    """A build that costs nothing any more: only its image is left, if it has one."""

    seconds: pulumi.Output[float]

    inputs = ReleaseInputs
    computed = TIMES
