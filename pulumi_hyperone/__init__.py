"""HyperOne images on Pulumi: `from pulumi_hyperone import HyperOneImage`.

Names are loaded when they are first used: the provider's process, the commands and the local cloud import this package
too, and need neither the components nor Pulumi.
"""

from __future__ import annotations

import atexit
import gc
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_hyperone.components.hyperone_image import HyperOneImage
    from pulumi_hyperone.components.stack import build_images, build_stack
    from pulumi_hyperone.components.typed_options import ImageOptions
    from pulumi_hyperone.settings import ImageSettings

# When Python ends it searches everything for cycles: 0.3 s of CPU in each program and provider, for nothing.
atexit.register(gc.freeze)

__all__ = ["HyperOneImage", "ImageOptions", "ImageSettings", "build_images", "build_stack"]

_MODULES = {
    "HyperOneImage": "components.hyperone_image",
    "ImageOptions": "components.typed_options",
    "ImageSettings": "settings",
    "build_images": "components.stack",
    "build_stack": "components.stack",
}


def __getattr__(name: str) -> Any:
    """Load a public name. Raises AttributeError for any other name."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # Loading makes no garbage, and collections meanwhile take a sixth of its time.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return resolve_name(f"{__name__}.{_MODULES[name]}:{name}")
    finally:
        if was_enabled:
            gc.enable()
