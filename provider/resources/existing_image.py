"""ExistingImage: an image that is there already and is taken over as the result."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, ReadResult

from pulumi_hyperone.provider.foundation.errors import HyperOneError, NotFound
from pulumi_hyperone.provider.foundation.known import is_known
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, gone, refused
from pulumi_hyperone.provider.resources.inputs import IDENTITY, SILENT, Inputs, given
from pulumi_hyperone.provider.resources.resource import HyperOneResource
from pulumi_hyperone.provider.tracking.identity import BUILD_TAG


@dataclass(frozen=True, kw_only=True)
class ExistingImageInputs(Inputs):
    """The image to take over, by id or name; the check adds its id as `adopted_id`."""

    image_key: str = given(SILENT)
    existing_id: str = given(SILENT)
    adopted_id: str = given(IDENTITY, default="")


class ExistingImageProvider(HyperOneProvider):
    """Reads an image; never changes or removes it."""

    inputs = ExistingImageInputs

    def check(self, _olds: Props, news: Props) -> CheckResult:
        """Resolve the name, so that a preview knows the id."""
        if not is_known(news["existing_id"]):
            return CheckResult({**news, "adopted_id": news["existing_id"]}, [])
        try:
            image = self.client.images.get(news["existing_id"])
        except HyperOneError as error:
            return CheckResult(news, [refused(f"images.{news['image_key']}.existing_id: {error}")])
        return CheckResult({**news, "adopted_id": image.id}, [])

    def create(self, props: Props) -> CreateResult:
        """Read what the cloud knows of it."""
        image = self.client.images.get(ExistingImageInputs.of(props).adopted_id)
        found = {
            "name": image.name,
            "size": image.size,
            "created_on": image.created_on,
            "build_id": image.tags.get(BUILD_TAG, ""),
        }
        return CreateResult(image.id, {**props, **found})

    def read(self, id_: str, props: Props) -> ReadResult:
        """Its name as it is now."""
        try:
            image = self.client.images.get(id_)
        except NotFound:
            return gone(props)
        return ReadResult(id_, {**props, "name": image.name})


class ExistingImage(HyperOneResource, module="hyperone", name="ExistingImage"):
    """An image that somebody else made. Its id is the image's id; `size` is in GiB."""

    name: pulumi.Output[str]
    size: pulumi.Output[float]
    created_on: pulumi.Output[str]
    build_id: pulumi.Output[str]

    provider = ExistingImageProvider
    computed = ("name", "size", "created_on", "build_id")
