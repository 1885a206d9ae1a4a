"""Release: what a build needed in the cloud removed as soon as its image exists, or when there is to be none."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.resources.inputs import IDENTITY, PartOfBuild, given
from pulumi_hyperone.provider.resources.resource import HyperOneResource
from pulumi_hyperone.provider.tracking.sweep import sweep

NO_IMAGE = "nothing is left: the build succeeded, no image was made (skip_create_image)"


@dataclass(frozen=True, kw_only=True)
class ReleaseInputs(PartOfBuild):
    """The image that is done (id); empty with `skip_create_image`."""

    image_id: str = given(IDENTITY, default="")


class ReleaseProvider(HyperOneProvider):
    """Removes VMs, disks and IPs of a build whose image is done; the resources that made them know by the image."""

    inputs = ReleaseInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """Remove everything that carries the build's id but its image. Raises LeftBehind; `pulumi up` repeats it."""
        inputs = ReleaseInputs.of(props)
        say("removing the machines and disks of the build")
        sweep(self.client, inputs.build_id, images=False, repeat="pulumi up")
        done(f"nothing is left but image {inputs.image_id}" if inputs.image_id else NO_IMAGE)
        return CreateResult(f"{inputs.build_id}-released", props)


class Release(HyperOneResource, module="hyperone", name="Release"):
    """A build that costs nothing any more: only its image is left, if it has one."""

    seconds: pulumi.Output[float]

    provider = ReleaseProvider
    computed = TIMES
