"""Brings Packer templates over: JSON and HCL2 in, images in Packer's own option names out."""

from components.packer_import.importer import import_template
from components.packer_import.result import ImportedImage, ImportFault, ImportResult, ReportRow

__all__ = ["ImportFault", "ImportResult", "ImportedImage", "ReportRow", "import_template"]
