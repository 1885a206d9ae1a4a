"""Image: the result. It outlives the stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from pulumi_hyperone.provider.api.defaults import DEFAULT_IMAGE_SERVICE
from pulumi_hyperone.provider.process.timing import TIMES
from pulumi_hyperone.provider.schema.inputs import FOUND, SILENT, Owned, given
from pulumi_hyperone.provider.schema.resource import HyperOneResource


@dataclass(frozen=True, kw_only=True)
class ImageInputs(Owned):
    """An image of the VM `vm_id`; `service` is its type.

    `record_dir` is the user's folder for copies of records.
    `access_rights` (projects by id, or `*`) are granted by the Publication, once the image is known to be good.
    """

    vm_id: str = given(SILENT)
    name: str = given(FOUND)
    description: str | None = given(FOUND, default=None)
    tags: Mapping[str, str] = given(FOUND, default=None)
    service: str = given(SILENT, default=DEFAULT_IMAGE_SERVICE)
    access_rights: Sequence[str] = given(default=())
    record_dir: str = given(SILENT, default="")


class Image(HyperOneResource, module="hyperone", name="Image"):
    """A HyperOne image. Its id is the image's id; deleting the resource keeps the image. `size` is in GiB."""

    name: pulumi.Output[str]
    size: pulumi.Output[float]
    created_on: pulumi.Output[str]

    inputs = ImageInputs
    computed = ("size", "created_on", *TIMES)

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register an image that the engine never deletes; see HyperOneResource."""
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(name, inputs, pulumi.ResourceOptions.merge(retained, opts))
