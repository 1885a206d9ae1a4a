"""Publication: the new image becomes the current one of its name, and the oldest ones go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, Resource, UpdateResult

from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.tracking.identity import CURRENT_TAG
from pulumi_hyperone.provider.tracking.retention import images_of, prune


class PublicationProvider(HyperOneProvider):
    """Moves the tag `current`, then removes images beyond `keep_last`; runs once the image is known to be good."""

    identities: ClassVar[tuple[str, ...]] = ("build_id", "image_id")
    silent: ClassVar[tuple[str, ...]] = ("stack", "state_timeout")

    @timed
    def create(self, props: Props) -> CreateResult:
        """Publish the image."""
        self._publish(props)
        done(f"image {props['image_id']} is published")
        return CreateResult(f"{props['image_id']}-published", props)

    def _publish(self, props: Props) -> None:
        client, image_id = self.client, props["image_id"]
        if props["tag_current"]:
            say(f"moving the tag {CURRENT_TAG} to image {image_id}")
            client.images.add_tags(image_id, {CURRENT_TAG: str(props["image_key"])})
            for image in images_of(client, props):
                if image.id != image_id and CURRENT_TAG in image.tags:
                    client.images.remove_tag(image.id, CURRENT_TAG)
        if props.get("keep_last"):
            prune(client, props, image_id, int(props["keep_last"]))

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Do again what is asked for now; a tag that is no longer wanted goes."""
        if olds["tag_current"] and not news["tag_current"]:
            self.client.images.remove_tag(news["image_id"], CURRENT_TAG)
        self._publish(news)
        return super().update(id_, olds, news)


class Publication(Resource, module="hyperone", name="Publication"):
    """An image that consumers without Pulumi find by its tag."""

    seconds: pulumi.Output[float]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: build_id, image_id, tag_current (bool), keep_last (number or None), owner."""
        super().__init__(PublicationProvider(), name, {**dict.fromkeys(TIMES), **props}, opts)
