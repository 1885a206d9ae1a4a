"""Retention: which images of a stack are old enough to go."""

from __future__ import annotations

from collections.abc import Sequence

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.records import Image, Vm
from pulumi_hyperone.provider.foundation.errors import HyperOneError, Interrupted
from pulumi_hyperone.provider.process.progress import say, tell
from pulumi_hyperone.provider.tracking.identity import IMAGE_TAG, QUARANTINE_TAG, STACK_ID_TAG, Owner


def images_of(client: Cloud, owner: Owner) -> list[Image]:
    """The images that this stack made under this name, newest first; those of other stacks carry other tags."""
    mine = {STACK_ID_TAG: owner.stack_id, IMAGE_TAG: owner.image_key}
    return sorted(client.images.list(tags=mine), key=lambda image: image.created_on, reverse=True)


def surplus(images: Sequence[Image], current: str, keep: int) -> list[Image]:
    """The images beyond the newest `keep`, the one with the id `current` among those that stay.

    Images in quarantine neither count nor go: somebody should look at them.
    """
    good = [image for image in images if QUARANTINE_TAG not in image.tags]
    others = [image for image in good if image.id != current]
    return others[max(keep - 1, 0) :]


def reason_to_keep(image: Image, vms: Sequence[Vm]) -> str:
    """Why an old image stays, as far as the API can tell; empty when nothing speaks for it."""
    users = [vm for vm in vms if vm.source_image_id == image.id]
    if users:
        return f"VM {users[0].name} ({users[0].id}) was started from it"
    if image.shared:
        return "it is shared with other projects"
    return "it has the tag protected" if "protected" in image.tags else ""


def prune(client: Cloud, owner: Owner, current: str, keep: int) -> None:
    """Remove the surplus images; what stays is told with its reason, also when the cloud refuses."""
    old = surplus(images_of(client, owner), current, keep)
    vms = client.vms.list() if old else []
    for image in old:
        reason = reason_to_keep(image, vms)
        if not reason:
            say(f"removing image {image.name} ({image.id}), keep_last: {keep}")
            try:
                client.images.delete(image.id, on_wait=say)
            except Interrupted:
                raise
            except HyperOneError as error:
                reason = str(error)
        if reason:
            tell(f"image {image.name} ({image.id}) stays beyond keep_last: {keep}: {reason}", warning=True)
