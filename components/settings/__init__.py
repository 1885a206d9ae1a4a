"""Settings of images: typed, weakly decoded, all faults together."""

from components.settings.image_settings import ImageSettings, RenderedSettings
from components.settings.load import build_order, load_images
from components.settings.origin import TemplateOrigin
from components.settings.project_settings import ProjectSettings, load_project
from components.settings.references import ImageReference

__all__ = [
    "ImageReference",
    "ImageSettings",
    "ProjectSettings",
    "RenderedSettings",
    "TemplateOrigin",
    "build_order",
    "load_images",
    "load_project",
]
