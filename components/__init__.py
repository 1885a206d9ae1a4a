"""Pulumi components: what a user's program is written with."""

from pulumi_hyperone.components.hyperone_image import HyperOneImage
from pulumi_hyperone.components.stack import build_images, build_stack
from pulumi_hyperone.components.typed_options import ImageOptions
from pulumi_hyperone.settings import ImageSettings

__all__ = ["HyperOneImage", "ImageOptions", "ImageSettings", "build_images", "build_stack"]
