"""What images are made from."""

from __future__ import annotations

from collections.abc import Iterator

from rules.rule import OFF, TEXTS, rule
from rules.subject import Subject, matches


@rule(
    "source-image-allowed",
    "Images are made from allowed source images, or from images of the same stack.",
    "Build",
    level=OFF,
    config={"allowed": {**TEXTS, "minItems": 1}},
)
def source_image_allowed(build: Subject) -> Iterator[str]:
    """The source as it is written, and the id that it has now, against names, ids or patterns."""
    if build.get("depends_on_image"):
        return
    allowed, source = build.config["allowed"], str(build.get("source_image"))
    if not matches(source, allowed) and not matches(str(build.get("source_image_id")), allowed):
        yield f"{build.image}.source_image: {source} is not allowed here; use one of {', '.join(allowed)}"


@rule(
    "source-image-pinned",
    "Source images are given by id, so that a new release is never picked up unseen.",
    "Build",
    level=OFF,
)
def source_image_pinned(build: Subject) -> Iterator[str]:
    """An id is what the API finds under the same id; another image of the stack is pinned by the stack."""
    if build.get("depends_on_image"):
        return
    source, id_ = str(build.get("source_image")), str(build.get("source_image_id"))
    if source != id_:
        yield f"{build.image}.source_image: {source} is a name, whose image may change; write its id {id_}"
