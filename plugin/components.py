"""The components of the package, made of properties of the engine."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.provider import ConstructResult, Provider

from pulumi_hyperone.components.hyperone_image import OUTPUTS, HyperOneImage
from pulumi_hyperone.components.typed_options import ImageOptions
from pulumi_hyperone.plugin.images import HyperOneImages
from pulumi_hyperone.plugin.spelling import camel, respelled, snake
from pulumi_hyperone.provider.schema.resource import token


class Components(Provider):
    """Makes components; the version is the package's."""

    def construct(
        self, name: str, resource_type: str, inputs: Any, options: pulumi.ResourceOptions | None = None
    ) -> ConstructResult:
        """Register a component and all that it is made of. Raises pulumi.RunError with all faults of its settings."""
        if resource_type == token("HyperOneImage"):
            image = HyperOneImage(name, respelled(snake, ImageOptions, inputs), opts=options)
            return ConstructResult(image.urn, outputs_of(image))
        if resource_type == token("HyperOneImages"):
            given = inputs.get("images")
            if isinstance(given, pulumi.Output):
                raise pulumi.RunError("images: must be known when the program runs, so it cannot be an output")
            made = HyperOneImages(name, respelled(snake, Mapping[str, ImageOptions], given), options)
            built = {key: outputs_of(image) for key, image in made.images.items()}
            return ConstructResult(made.urn, {"images": built})
        raise pulumi.RunError(f"unknown component {resource_type}")


def outputs_of(image: HyperOneImage) -> dict[str, Any]:
    """The outputs of an image by their names in other languages."""
    hints = inspect.get_annotations(HyperOneImage, eval_str=True)
    return {camel(name): respelled(camel, hints[name], getattr(image, name)) for name in OUTPUTS}
