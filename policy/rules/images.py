"""The images that come out: their names and tags, whether they stay, whether they were tried."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.rule import OFF, TEXTS, rule
from rules.subject import Subject


@rule(
    "image-name-pattern",
    "Images are named by a pattern.",
    "Image",
    level=OFF,
    config={"pattern": {"type": "string", "minLength": 1}},
)
def image_name_pattern(image: Subject) -> Iterator[str]:
    """The whole name, with its templates filled, against a regular expression of Python."""
    pattern, name = image.config["pattern"], str(image.get("name"))
    try:
        fits = re.fullmatch(pattern, name)
    except re.error as error:
        yield f"pattern {pattern!r} of rule image-name-pattern is not a regular expression: {error}; correct it"
        return
    if not fits:
        yield f"{image.image}.image_name: {name!r} does not match {pattern}; change the name"


@rule(
    "image-tags-required",
    "Images carry certain tags.",
    "Image",
    level=OFF,
    config={
        "required": TEXTS,
        "values": {
            "type": "object",
            "additionalProperties": {**TEXTS, "minItems": 1},
            "default": {},
        },
    },
)
def image_tags_required(image: Subject) -> Iterator[str]:
    """`required` tags are there and not empty; a tag in `values` has one of these values where it is there."""
    tags = image.get("tags", {})
    for tag in image.config["required"]:
        if not tags.get(tag):
            yield f"{image.image}.image_tags: tag {tag} is missing; add it"
    for tag, values in image.config["values"].items():
        if tags.get(tag) and tags[tag] not in values:
            yield f"{image.image}.image_tags.{tag}: {tags[tag]!r} is not allowed here; use {' or '.join(values)}"


@rule("image-retained", "Images outlive their stack.", "Build", level=OFF)
def image_retained(build: Subject) -> Iterator[str]:
    """keep_image is true, which is its default."""
    if not build.get("keep_image", True):
        yield f"{build.image}.keep_image: false deletes the image with its stack; remove the option or set it to true"


@rule("image-verified", "Images are booted and tested before their ids are handed out.", "Build", level=OFF)
def image_verified(build: Subject) -> Iterator[str]:
    """`verify` holds commands. Judged at the Build, which comes first: before anything is spent.

    A build that makes no image (skip_create_image) needs none.
    """
    if not build.get("verified") and not build.get("skip_create_image"):
        yield f"{build.image}.verify: the image is not tried before it is used; add commands that test it"


@rule("residue-refused", "No image is made with secrets, keys or traces of its build in it.", "Build", level=OFF)
def residue_refused(build: Subject) -> Iterator[str]:
    """`residue` is fail, or clean, which fails for what it could not remove. Judged at the Build, as image-verified."""
    if build.get("residue") not in {"fail", "clean"}:
        yield f"{build.image}.residue: the image may hold traces of its build; set it to fail or clean"
