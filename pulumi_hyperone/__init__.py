"""HyperOne images on Pulumi: `from pulumi_hyperone import HyperOneImage`.

Names are loaded when they are first used: the provider's process, the commands and the local cloud import this package
too, and need neither the components nor Pulumi.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_hyperone.components import HyperOneImage, ImageOptions, ImageSettings, build_images, build_stack

__all__ = ["HyperOneImage", "ImageOptions", "ImageSettings", "build_images", "build_stack"]


def __getattr__(name: str) -> Any:
    """Load a public name from the components. Raises AttributeError for any other name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("pulumi_hyperone.components"), name)
