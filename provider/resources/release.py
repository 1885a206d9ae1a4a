"""The provider of Release: removes what the build needed in the cloud."""

from __future__ import annotations

from pulumi.dynamic import CreateResult

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.schema.release import ReleaseInputs
from pulumi_hyperone.provider.tracking.sweep import sweep

NO_IMAGE = "nothing is left: the build succeeded, no image was made (skip_create_image)"


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
