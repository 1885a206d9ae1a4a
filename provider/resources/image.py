"""The provider of Image: makes it of a stopped VM, and changes its name, description and tags in place."""

from __future__ import annotations

from pulumi.dynamic import CreateResult, ReadResult, UpdateResult

from pulumi_hyperone.provider.api.records import State
from pulumi_hyperone.provider.api.specs import ImageSpec
from pulumi_hyperone.provider.foundation.errors import NotFound
from pulumi_hyperone.provider.process.progress import done, say
from pulumi_hyperone.provider.process.timing import timed
from pulumi_hyperone.provider.records.folder import of_build
from pulumi_hyperone.provider.resources.base import HyperOneProvider, Props, going_on, gone, undone_on_failure
from pulumi_hyperone.provider.schema.image import ImageInputs
from pulumi_hyperone.provider.tracking.begun import is_continued
from pulumi_hyperone.provider.tracking.identity import IMAGE, role_tags
from pulumi_hyperone.provider.tracking.sweep import remove_images


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
        if is_continued(inputs.build_id):
            self._check_machine(inputs)
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
            image = client.images.reach(image, State.ONLINE, deadline=inputs.state_timeout, on_wait=say)
        if of_build(inputs.build_id).path.is_dir():
            from pulumi_hyperone.provider.resources.image_records import keep_records  # noqa: PLC0415 - loads paramiko

            keep_records(inputs, image.id)
        done(f"image {image.id} ({image.size:g} GiB)")
        return CreateResult(image.id, {**props, "size": image.size, "created_on": image.created_on})

    def _check_machine(self, inputs: ImageInputs) -> None:
        """Machines go when their image is finished: that one is not half made and stays. Raises NotFound."""
        try:
            self.client.vms.get(inputs.vm_id)
        except NotFound:
            raise NotFound(
                f"cannot make image {inputs.name} again: the machine {inputs.vm_id} that it was made of is gone; "
                f"`pulumi up --replace '**::{inputs.image_key}-build'` rebuilds it"
            ) from None

    def read(self, id_: str, props: Props) -> ReadResult:
        """The name, description and tags as they are now, so that a change by hand is noticed."""
        try:
            image = self.client.images.get(id_)
        except NotFound:
            return gone(props)
        now: Props = {"name": image.name}
        if props.get("tags"):
            now["tags"] = {key: image.tags[key] for key in props["tags"] if key in image.tags}
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
                self.client.images.revoke(id_, right, deadline=ImageInputs.of(news).state_timeout, on_wait=say)
        return super().update(id_, olds, news)
