"""A whole stack: one Preflight, one HyperOneImage for each image, their outputs."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

from components.hyperone_image import OUTPUTS, HyperOneImage
from components.settings import ImageSettings, build_order
from components.stack_config import load_stack
from components.values import api_facts
from provider.preflight import Preflight


def build_stack() -> dict[str, HyperOneImage]:
    """Build the images of the running stack's settings; returns them by name.

    Each is a stack output of its name: a map of OUTPUTS but `phases`, which would fill the screen. With wrong
    settings the program ends after one report of all faults of all images, and nothing is created.
    """
    images = build_images(load_stack())
    for name, image in images.items():
        pulumi.export(name, {output: getattr(image, output) for output in OUTPUTS if output != "phases"})
    return images


def build_images(settings: Mapping[str, ImageSettings]) -> dict[str, HyperOneImage]:
    """One component for each image, after one check of all; an image may start from another one of the stack."""
    preflight = Preflight("preflight", {name: api_facts(image) for name, image in settings.items()})
    images: dict[str, HyperOneImage] = {}
    for name in build_order(settings):
        base = settings[name].source_reference
        images[name] = HyperOneImage(
            name,
            settings[name],
            preflight=preflight,
            source_image=images[base.name].image_id if base else None,
        )
    return images
