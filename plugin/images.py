"""HyperOneImages: several images of a program, checked together before any of them is built."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from pulumi_hyperone.components.arguments import arguments_of_all
from pulumi_hyperone.components.hyperone_image import HyperOneImage
from pulumi_hyperone.components.stack import build_images
from pulumi_hyperone.components.typed_options import ImageOptions
from pulumi_hyperone.provider.schema.preflight import preflight_of
from pulumi_hyperone.provider.schema.resource import no_stack_trace, token


class HyperOneImages(pulumi.ComponentResource):
    """Images that are checked together before any is built; one may start from another: `${images.NAME}`.

    `images` has them by name.
    """

    images: Mapping[str, HyperOneImage]

    def __init__(
        self,
        name: str,
        images: Mapping[str, ImageOptions | Mapping[str, Any]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register the images. Raises pulumi.RunError with all faults of the settings of all images in one report."""
        with no_stack_trace():
            super().__init__(token("HyperOneImages"), name, None, opts)
        options = pulumi.ResourceOptions(parent=self)
        self.images = build_images(arguments_of_all(images), name=preflight_of(name), opts=options)
        self.register_outputs({})
