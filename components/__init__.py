"""Pulumi components: what a user's program is written with."""

from components.hyperone_image import HyperOneImage
from components.settings import ImageSettings
from components.stack import build_images, build_stack

__all__ = ["HyperOneImage", "ImageSettings", "build_images", "build_stack"]
