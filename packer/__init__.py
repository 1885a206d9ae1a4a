"""Brings Packer templates over: JSON and HCL2 in, images in Packer's own option names out.

Names are loaded when they are first used: most programs have no template to read.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pulumi_hyperone.packer.importer import import_template
    from pulumi_hyperone.packer.result import ImportedImage, ImportFault, ImportResult, ReportRow

__all__ = ["ImportFault", "ImportResult", "ImportedImage", "ReportRow", "import_template"]


def __getattr__(name: str) -> Any:
    """Load a public name. Raises AttributeError for any other name."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "importer" if name == "import_template" else "result"
    return getattr(import_module(f"{__name__}.{module}"), name)
