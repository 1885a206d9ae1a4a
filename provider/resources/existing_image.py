"""The provider of ExistingImage: finds the image that is taken over."""

from __future__ import annotations

from pulumi.dynamic import CheckResult, CreateResult, ReadResult

from pulumi_hyperone.provider.foundation.errors import HyperOneError, NotFound
from pulumi_hyperone.provider.foundation.known import is_known
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, gone, refused
from pulumi_hyperone.provider.schema.existing_image import ExistingImageInputs
from pulumi_hyperone.provider.tracking.identity import BUILD_TAG


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
