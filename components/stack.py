"""A whole stack: one Preflight, one HyperOneImage for each image, their outputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pulumi

from pulumi_hyperone.components.arguments import asked_of
from pulumi_hyperone.components.hyperone_image import OUTPUTS, HyperOneImage
from pulumi_hyperone.components.stack_config import load_stack
from pulumi_hyperone.components.stack_secrets import ConfigSecrets
from pulumi_hyperone.provider.foundation.faults import Fault
from pulumi_hyperone.provider.schema.preflight import Preflight
from pulumi_hyperone.settings import ImageSettings, build_order
from pulumi_hyperone.settings.api_questions import ASKED


def build_stack() -> dict[str, HyperOneImage]:
    """Build the images of the running stack's settings; returns them by name.

    Each is a stack output of its name: a map of OUTPUTS but `phases`, which would fill the screen, and of
    `skip_create_image` where that is set. With wrong
    settings the check of Preflight fails with one report of all faults of all images, and nothing is created.
    """
    settings, faults = load_stack()
    if faults:
        preflight(settings, faults)
        return {}
    images = build_images(settings)
    for name, image in images.items():
        skipped = {"skip_create_image": True} if settings[name].skip_create_image else {}
        shown = {output: getattr(image, output) for output in OUTPUTS if output != "phases"}
        pulumi.export(name, {**skipped, **shown})
    return images


def preflight(settings: Mapping[str, ImageSettings], faults: Iterable[Fault] = ()) -> Preflight:
    """The check of what only the API can tell about all images; it fails when there are `faults` already."""
    facts = {name: asked_of(image) for name, image in settings.items()}
    return Preflight("preflight", facts, ASKED, faults=faults, secret_keys=ConfigSecrets.of_program().unmarked)


def build_images(settings: Mapping[str, ImageSettings]) -> dict[str, HyperOneImage]:
    """One component for each image, after one check of all; an image may start from another one of the stack."""
    check = preflight(settings)
    images: dict[str, HyperOneImage] = {}
    for name in build_order(settings):
        base = settings[name].source_reference
        images[name] = HyperOneImage(
            name,
            settings[name],
            preflight=check,
            source_image=images[base.name].image_id if base else None,
        )
    return images
