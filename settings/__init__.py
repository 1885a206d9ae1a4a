"""Settings of images: typed, weakly decoded, all faults together."""

from pulumi_hyperone.settings.image_settings import ImageSettings
from pulumi_hyperone.settings.load import build_order, load_images
from pulumi_hyperone.settings.origin import TemplateOrigin
from pulumi_hyperone.settings.project_settings import ProjectSettings, load_project
from pulumi_hyperone.settings.references import ImageReference
from pulumi_hyperone.settings.rendered import RenderedSettings

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
