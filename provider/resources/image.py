"""Image: the result. It outlives the stack."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, Resource, UpdateResult

from pulumi_hyperone.provider.api import ImageSpec, State
from pulumi_hyperone.provider.foundation.errors import NotFound
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on, gone, undone_on_failure
from pulumi_hyperone.provider.tracking.identity import IMAGE, identity_tags, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_images


class ImageProvider(HyperOneProvider):
    """An image made from a stopped VM. Outputs: size (GiB of its disks), created_on."""

    silent: ClassVar[tuple[str, ...]] = ("stack", "image_key", "vm_id", "service", "state_timeout")

    @timed
    @going_on()
    def create(self, props: Props) -> CreateResult:
        """POST the image and wait until it is Online; a half-made one is removed."""
        client = self.client
        mine = role_tags(props["build_id"], IMAGE)
        # What an interrupted run left may be half made, so it is never adopted.
        remove_images(client, mine)
        tags = {**(props.get("tags") or {}), **identity_tags(props, IMAGE)}
        spec = ImageSpec(
            name=props["name"],
            vm=props["vm_id"],
            service=props["service"],
            description=props.get("description"),
            tags=tags,
        )
        say(f"creating image {props['name']}")
        with undone_on_failure(f"image {props['name']}", lambda undo: remove_images(undo, mine)):
            image = client.images.create(spec, identity=mine, deadline=props["state_timeout"], on_wait=say)
            image = client.images.settle(
                image,
                until=lambda now: now.state == State.ONLINE,
                what=f"image {image.name} ({image.id}) to be Online",
                deadline=props["state_timeout"],
                on_wait=say,
            )
        done(f"image {image.id} ({image.size:g} GiB)")
        return CreateResult(image.id, {**props, "size": image.size, "created_on": image.created_on})

    def read(self, id_: str, props: Props) -> ReadResult:
        """The name, description and tags as they are now, so that a change by hand is noticed."""
        try:
            image = self.client.images.get(id_)
        except NotFound:
            return gone(props)
        tags = {key: image.tags[key] for key in props.get("tags") or {} if key in image.tags}
        now = {"name": image.name, "tags": tags}
        if props.get("description") is not None:
            now["description"] = image.description
        return ReadResult(id_, {**props, **now})

    def update(self, id_: str, olds: Props, news: Props) -> UpdateResult:
        """Change name, description and tags in place; tags that others added stay."""
        changed = self.changed(olds, news)
        fields = {key: news.get(key) or "" for key in ("name", "description") if key in changed}
        if fields:
            self.client.images.update(id_, **fields)
        if "tags" in changed:
            for key in set(olds.get("tags") or {}) - set(news.get("tags") or {}):
                self.client.images.remove_tag(id_, key)
            if news.get("tags"):
                self.client.images.add_tags(id_, dict(news["tags"]))
        return super().update(id_, olds, news)


class Image(Resource, module="hyperone", name="Image"):
    """A HyperOne image. Its id is the image's id; deleting the resource keeps the image."""

    name: pulumi.Output[str]
    size: pulumi.Output[float]
    created_on: pulumi.Output[str]

    def __init__(self, name: str, props: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """`props`: build_id, vm_id, name, description, tags, service, image_key, stack, stack_id, state_timeout."""
        computed = dict.fromkeys(("size", "created_on", *TIMES))
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(ImageProvider(), name, {**computed, **props}, pulumi.ResourceOptions.merge(retained, opts))
