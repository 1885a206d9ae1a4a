"""Image: the result. It outlives the stack."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, ReadResult, UpdateResult

from pulumi_hyperone.provider.api.records import State
from pulumi_hyperone.provider.api.specs import ImageSpec
from pulumi_hyperone.provider.foundation.errors import NotFound
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import TIMES, timed
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on, gone, undone_on_failure
from pulumi_hyperone.provider.resources.inputs import SILENT, PartOfBuild, given
from pulumi_hyperone.provider.resources.resource import HyperOneResource
from pulumi_hyperone.provider.tracking.identity import IMAGE, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_images


@dataclass(frozen=True, kw_only=True)
class ImageInputs(PartOfBuild):
    """An image of the VM `vm_id`; `service` is its type.

    `access_rights` (projects by id, or `*`) are granted by the Publication, once the image is known to be good.
    """

    vm_id: str = given(SILENT)
    name: str = given()
    description: str | None = given(default=None)
    tags: Mapping[str, str] = given(default=None)
    service: str = given(SILENT)
    access_rights: Sequence[str] = given(default=())


class ImageProvider(HyperOneProvider):
    """An image made from a stopped VM. Outputs: size (GiB of its disks), created_on."""

    inputs = ImageInputs

    @timed
    @going_on()
    def create(self, props: Props) -> CreateResult:
        """POST the image and wait until it is Online; a half-made one is removed."""
        inputs, client = ImageInputs.of(props), self.client
        mine = role_tags(inputs.build_id, IMAGE)
        # What an interrupted run left may be half made, so it is never adopted.
        remove_images(client, mine)
        spec = ImageSpec(
            name=inputs.name,
            vm=inputs.vm_id,
            service=inputs.service,
            description=inputs.description,
            tags={**(inputs.tags or {}), **inputs.owner.tags(IMAGE)},
        )
        say(f"creating image {inputs.name}")
        with undone_on_failure(f"image {inputs.name}", lambda undo: remove_images(undo, mine)):
            image = client.images.create(spec, identity=mine, deadline=inputs.state_timeout, on_wait=say)
            image = client.images.settle(
                image,
                until=lambda now: now.state == State.ONLINE,
                what=f"image {image.name} ({image.id}) to be Online",
                deadline=inputs.state_timeout,
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
        """Change name, description and tags in place, take back access rights; what others added stays."""
        changed = self.changed(olds, news)
        fields = {key: news.get(key) or "" for key in ("name", "description") if key in changed}
        if fields:
            self.client.images.update(id_, **fields)
        if "tags" in changed:
            for key in set(olds.get("tags") or {}) - set(news.get("tags") or {}):
                self.client.images.remove_tag(id_, key)
            if news.get("tags"):
                self.client.images.add_tags(id_, dict(news["tags"]))
        if "access_rights" in changed:
            for right in sorted(set(olds.get("access_rights") or ()) - set(news.get("access_rights") or ())):
                say(f"taking image {id_} back from {right}")
                self.client.images.revoke(id_, right, deadline=news["state_timeout"], on_wait=say)
        return super().update(id_, olds, news)


class Image(HyperOneResource, module="hyperone", name="Image"):
    """A HyperOne image. Its id is the image's id; deleting the resource keeps the image. `size` is in GiB."""

    name: pulumi.Output[str]
    size: pulumi.Output[float]
    created_on: pulumi.Output[str]

    provider = ImageProvider
    computed = ("size", "created_on", *TIMES)

    def __init__(self, name: str, inputs: Mapping[str, Any], opts: pulumi.ResourceOptions | None = None) -> None:
        """Register an image that the engine never deletes; see HyperOneResource."""
        retained = pulumi.ResourceOptions(retain_on_delete=True)
        super().__init__(name, inputs, pulumi.ResourceOptions.merge(retained, opts))
