"""Publication: the new image becomes the current one of its name, and the oldest ones go."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
from pulumi.dynamic import CreateResult, UpdateResult

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.resources.inputs import IDENTITY, PartOfBuild, given
from pulumi_hyperone.provider.resources.resource import HyperOneResource
from pulumi_hyperone.provider.tracking.identity import CURRENT_TAG
from pulumi_hyperone.provider.tracking.retention import images_of, prune


@dataclass(frozen=True, kw_only=True)
class PublicationInputs(PartOfBuild):
    """The image to publish (id), whether it gets the tag `current`, how many images stay (0: all)."""

    image_id: str = given(IDENTITY)
    tag_current: bool = given()
    keep_last: float = given(default=0)


class PublicationProvider(HyperOneProvider):
    """Moves the tag `current`, then removes images beyond `keep_last`; runs once the image is known to be good."""

    inputs = PublicationInputs

    @timed
    def create(self, props: Props) -> CreateResult:
        """Publish the image."""
        inputs = PublicationInputs.of(props)
        self._publish(inputs)
        done(f"image {inputs.image_id} is published")
        return CreateResult(f"{inputs.image_id}-published", props)

    def _publish(self, inputs: PublicationInputs) -> None:
        client, image_id = self.client, inputs.image_id
        if inputs.tag_current:
            say(f"moving the tag {CURRENT_TAG} to image {image_id}")
            client.images.add_tags(image_id, {CURRENT_TAG: inputs.image_key})
            for image in images_of(client, inputs.owner):
                if image.id != image_id and CURRENT_TAG in image.tags:
                    client.images.remove_tag(image.id, CURRENT_TAG)
        if inputs.keep_last:
            prune(client, inputs.owner, image_id, int(inputs.keep_last))

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Do again what is asked for now; a tag that is no longer wanted goes."""
        inputs = PublicationInputs.of(news)
        if olds["tag_current"] and not inputs.tag_current:
            self.client.images.remove_tag(inputs.image_id, CURRENT_TAG)
        self._publish(inputs)
        return super().update(id_, olds, news)


class Publication(HyperOneResource, module="hyperone", name="Publication"):
    """An image that consumers without Pulumi find by its tag."""

    seconds: pulumi.Output[float]

    provider = PublicationProvider
    computed = TIMES
