"""Release: what a build needed in the cloud removed as soon as its image exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, Resource

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.tracking.sweep import sweep


class ReleaseProvider(HyperOneProvider):
    """Removes VMs, disks and IPs of a build whose image is done; the resources that made them know by the image."""

    identities: ClassVar[tuple[str, ...]] = ("build_id", "image_id")
    silent: ClassVar[tuple[str, ...]] = ("stack", "image_key", "stack_id", "state_timeout")

    @timed
    def create(self, props: Props) -> CreateResult:
        """Remove everything that carries the build's id but its image. Raises LeftBehind; `pulumi up` repeats it."""
        say("removing the machines and disks of the build")
        sweep(self.client, props["build_id"], images=False, repeat="pulumi up")
        done(f"nothing is left but image {props['image_id']}")
        return CreateResult(f"{props['build_id']}-released", props)


class Release(Resource, module="hyperone", name="Release"):
    """A build that costs nothing any more: only its image is left."""

    seconds: pulumi.Output[float]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: build_id, image_id, owner."""
        super().__init__(ReleaseProvider(), name, {**dict.fromkeys(TIMES), **props}, opts)
