"""PostProcessing: what was run on this computer once the image was there."""

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
class PostProcessingInputs(OnMachine):
    """The image (id and name) and what to run for it. The data of its machine is known; the machine is gone."""

    vm_id: str = given(SILENT, default="")
    communicator: Mapping[str, Any] = given(SILENT, SECRET)
    image_id: str = given(IDENTITY)
    image_name: str = given(SILENT)
    post_processors: Sequence[Mapping[str, Any]] = given(IDENTITY, SECRET)

    @property
    def steps(self) -> Sequence[Mapping[str, Any]]:
        """The post-processors."""
        return self.post_processors


class PostProcessing(HyperOneResource, module="hyperone", name="PostProcessing"):
    """The post-processors of one image, run."""

    log_file: pulumi.Output[str]
    seconds: pulumi.Output[float]

    inputs = PostProcessingInputs
    computed = ("log_file", *TIMES)
