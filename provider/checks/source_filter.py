"""The source image that a filter finds."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.records import Image, State
from pulumi_hyperone.provider.foundation.errors import Refused
from pulumi_hyperone.provider.foundation.faults import shown
from pulumi_hyperone.provider.tracking.identity import IMAGE_TAG, QUARANTINE_TAG, STACK_TAG

MANY = 5
"""Images that a message names; of more it says how many there are."""


def find_source(client: Cloud, wanted: Mapping[str, Any], *, stack: str = "", image_key: str = "") -> Image:
    """Find the image that `wanted` (settings.source_image_filter) means, be it for the image `image_key` of a stack.

    Only the project's own images count, since anybody may give any name to theirs; neither those in quarantine nor what
    was built under the same key, which would make every build the source of the next. Raises Refused when there is
    none, or there are several and the newest is not asked for.
    """
    tags, pattern = dict(wanted.get("tags") or {}), str(wanted.get("name") or "*")
    own = {STACK_TAG: stack, IMAGE_TAG: image_key}
    found = [
        image
        for image in client.images.list(tags=tags)
        if image.state in (State.ONLINE, "")
        and fnmatchcase(image.name, pattern)
        and QUARANTINE_TAG not in image.tags
        and not own.items() <= image.tags.items()
    ]
    if not found:
        raise Refused(f"finds no image of this project: {_described(tags, pattern)}")
    found.sort(key=lambda image: (image.created_on, image.id), reverse=True)
    if len(found) > 1 and not wanted.get("newest"):
        named = ", ".join(f"{image.name} ({image.id})" for image in found[:MANY])
        more = f" and {len(found) - MANY} more" if len(found) > MANY else ""
        raise Refused(f"finds {len(found)} images: {named}{more}; set newest: true, or narrow it down")
    return found[0]


def _described(tags: Mapping[str, str], pattern: str) -> str:
    parts = [*(f"tag {key}={value}" for key, value in tags.items()), *([f"name {pattern}"] if pattern != "*" else [])]
    return shown(", ".join(parts))
