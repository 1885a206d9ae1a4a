"""ExistingImage: an image that already exists and is taken over as the result."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from pulumi_hyperone.provider.schema.inputs import IDENTITY, SILENT, Inputs, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class ExistingImageInputs(Inputs):
    """The image to take over, by id or name; the check adds its id as `adopted_id`."""

    image_key: str = given(SILENT)
    existing_id: str = given(SILENT)
    adopted_id: str = given(IDENTITY, default="")


class ExistingImage(HyperOneResource, module="hyperone", name="ExistingImage"):
    """An image that somebody else made. Its id is the image's id; `size` is in GiB."""

    name: pulumi.Output[str]
    size: pulumi.Output[float]
    created_on: pulumi.Output[str]
    build_id: pulumi.Output[str]

    inputs = ExistingImageInputs
    computed = ("name", "size", "created_on", "build_id")
