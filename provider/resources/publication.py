"""The provider of Publication: shares the new image, moves the tag `current` to it, removes the oldest ones."""

from __future__ import annotations

from pulumi.dynamic import CreateResult, ReadResult, UpdateResult

from pulumi_hyperone.provider.foundation.errors import NotFound
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props
from pulumi_hyperone.provider.schema.publication import PublicationInputs
from pulumi_hyperone.provider.tracking.identity import CURRENT_TAG
from pulumi_hyperone.provider.tracking.retention import images_of, prune


class PublicationProvider(HyperOneProvider):
    """Grants access, moves the tag `current`, removes images beyond `keep_last`; once the image is known to be good."""

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
        for right in inputs.access_rights:
            say(f"sharing image {image_id} with {right}")
            client.images.grant(image_id, right, deadline=inputs.state_timeout, on_wait=say)
        if inputs.tag_current:
            say(f"moving the tag {CURRENT_TAG} to image {image_id}")
            client.images.add_tags(image_id, {CURRENT_TAG: inputs.image_key})
            for image in images_of(client, inputs.owner):
                if image.id != image_id and CURRENT_TAG in image.tags:
                    client.images.remove_tag(image.id, CURRENT_TAG)
        if inputs.keep_last:
            prune(client, inputs.owner, image_id, int(inputs.keep_last))

    def read(self, id_: str, props: Props) -> ReadResult:
        """The access rights that are still there, so that one that was taken back by hand is granted again."""
        wanted = props.get("access_rights")
        if not wanted:
            return ReadResult(id_, props)
        try:
            there = self.client.images.get(props["image_id"]).access_rights
        except NotFound:  # which is the Image's to say
            return ReadResult(id_, props)
        return ReadResult(id_, {**props, "access_rights": [right for right in wanted if right in there]})

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Do again what is asked for now; a tag that is no longer wanted goes."""
        inputs = PublicationInputs.of(news)
        if olds["tag_current"] and not inputs.tag_current:
            self.client.images.remove_tag(inputs.image_id, CURRENT_TAG)
        self._publish(inputs)
        return super().update(id_, olds, news)
